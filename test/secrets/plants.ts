/** Faults of the kinds that the matrix is to find, planted in what a binding gives. */

type Plant = (value: unknown, secret: string) => unknown;

/** Ways in which a value can come to hold a secret. */
export const leaks: Readonly<Record<string, Plant>> = {
  'in a property': planted((value, secret) => Object.assign(value, { note: secret })),
  'in a hidden property': planted((value, secret) => define(value, 'note', { value: secret })),
  'under a symbol': planted((value, secret) => define(value, Symbol('note'), { value: secret })),
  'behind a getter': planted((value, secret) => define(value, 'note', { get: () => secret })),
  'far inside': planted((value, secret) =>
    Object.assign(value, { note: { of: [{ what: new Map([['was', { sent: secret }]]) }] } }),
  ),
  'in bytes': planted((value, secret) => Object.assign(value, { note: Buffer.from(secret) })),
  'in base64': planted((value, secret) =>
    Object.assign(value, { note: Buffer.from(secret).toString('base64') }),
  ),
  'in a URL': planted((value, secret) =>
    Object.assign(value, { note: new URLSearchParams({ secret }) }),
  ),
  'in a message': (value, secret) =>
    value instanceof Error ? Object.assign(value, { message: `No use: ${secret}` }) : { secret },
};

/** A value that cannot be printed any more. */
export const unprintable: Plant = planted((value) =>
  define(value, 'toJSON', {
    value: () => {
      throw new Error('There is no JSON of this.');
    },
  }),
);

/** A value that has lost what it had to tell. */
export const empty: Plant = (value) => (value instanceof Error ? new Error(value.message) : {});

function planted(plant: (value: object, secret: string) => unknown): Plant {
  return (value, secret) => {
    if (typeof value !== 'object' || value === null) return value;
    plant(value, secret);
    return value;
  };
}

function define(value: object, key: PropertyKey, descriptor: PropertyDescriptor): void {
  Object.defineProperty(value, key, { configurable: true, ...descriptor });
}
