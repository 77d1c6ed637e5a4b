import { describe, expect, it } from 'vitest';
import { isRereadableForm, snapshot, snapshotBody } from './binding.js';

describe('snapshot', () => {
  it('reads each property once, and holds what was read', () => {
    let reads = 0;
    const options = {
      get url() {
        reads += 1;
        return `https://api.example/${reads}`;
      },
    };
    const read = snapshot(options);
    expect([read.url, read.url, reads]).toEqual([
      'https://api.example/1',
      'https://api.example/1',
      1,
    ]);
  });

  it('does not follow what the caller does to the object', () => {
    const options = { url: 'https://api.example' };
    const read = snapshot(options);
    options.url = 'https://evil.example';
    expect(read.url).toBe('https://api.example');
  });

  it('inherits nothing, from a template neither', () => {
    const read = snapshot<object>(Object.create({ url: 'https://evil.example' }));
    expect('url' in read || 'constructor' in read).toBe(false);
  });
});

describe('snapshotBody', () => {
  const bytes = () => new Uint8Array([1, 2, 3, 4]);

  it.each<[string, (shared: Uint8Array) => ArrayBuffer | ArrayBufferView]>([
    ['a Buffer', (shared) => Buffer.from(shared.buffer, 1, 2)],
    ['a Uint8Array', (shared) => shared.subarray(1, 3)],
    ['a Uint16Array', (shared) => new Uint16Array(shared.buffer, 2, 1)],
    ['a DataView', (shared) => new DataView(shared.buffer, 1, 2)],
    ['an ArrayBuffer', (shared) => shared.buffer as ArrayBuffer],
  ])('keeps the bytes of %s, and its class', (_, make) => {
    const shared = bytes();
    const body = make(shared);
    const before = Buffer.from(octets(body));
    const kept = snapshotBody(body);
    shared.fill(9);
    expect(Buffer.from(octets(kept))).toEqual(before);
    expect(Object.getPrototypeOf(kept)).toBe(Object.getPrototypeOf(body));
  });

  it('keeps search parameters, forms and lists of chunks as they were', () => {
    const params = new URLSearchParams({ a: '1' });
    const form = new FormData();
    form.set('file', new File(['text'], 'name.txt'));
    const chunks = [bytes()];
    const [keptParams, keptForm, keptChunks] = [params, form, chunks].map(snapshotBody);
    params.set('a', '2');
    form.set('file', 'gone');
    chunks[0]?.fill(9);
    expect(String(keptParams)).toBe('a=1');
    expect((keptForm as FormData).get('file')).toMatchObject({ name: 'name.txt', size: 4 });
    expect(keptChunks).toEqual([bytes()]);
  });

  it.each(['text', undefined, null, new Blob(['x']), (async function* () {})()])(
    'returns what cannot change or cannot be copied as it is: %s',
    (body) => {
      expect(snapshotBody(body)).toBe(body);
    },
  );
});

it('knows a form that can be read again from one of the form-data package', () => {
  const stream = { [Symbol.toStringTag]: 'FormData', getHeaders: () => ({}) };
  expect([new FormData(), stream, {}, 'text'].map(isRereadableForm)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

function octets(body: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(body)
    ? new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    : new Uint8Array(body);
}
