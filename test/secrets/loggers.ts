/** The loggers that most programs use, where `npm run test:secrets` has installed them. */

import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import type { Printer } from './printers.js';
import { printers } from './printers.js';

type Printed = Printer['print'];

/** Whether the loggers are there. */
const areInstalled: boolean = existsSync(new URL('node_modules/pino', import.meta.url));

/** Everything that prints, the loggers among it where they are there. */
export async function allPrinters(): Promise<readonly Printer[]> {
  return areInstalled ? [...printers, ...(await loggers())] : printers;
}

// biome-ignore lint/suspicious/noExplicitAny: they are installed apart, and so are their types.
type Anything = any;

async function loggers(): Promise<Printer[]> {
  const load = async (name: string): Promise<Anything> =>
    (await import(/* @vite-ignore */ name)).default;
  const [pino, winston, bunyan] = await Promise.all(['pino', 'winston', 'bunyan'].map(load));
  const ways: Readonly<Record<string, Printed>> = {
    pino: through((write) => pino({ base: null }, { write }), logAll),
    'pino with serializers': through(
      (write) => pino({ base: null, serializers: pinoSerializers(pino) }, { write }),
      logAll,
    ),
    'winston, json': winstonWith(winston, ({ combine, errors, json }) =>
      combine(errors({ stack: true }), json()),
    ),
    'winston, prettyPrint': winstonWith(winston, ({ combine, errors, prettyPrint }) =>
      combine(errors({ stack: true }), prettyPrint({ depth: 6 })),
    ),
    'winston, splat and simple': winstonWith(winston, ({ combine, splat, simple }) =>
      combine(splat(), simple()),
    ),
    bunyan: through((write) => bunyan.createLogger({ name: 'x', stream: { write } }), logAll),
    'bunyan with serializers': through(
      (write) =>
        bunyan.createLogger({ name: 'x', stream: { write }, serializers: bunyan.stdSerializers }),
      logAll,
    ),
  };
  const inTurn = 'winston, prettyPrint';
  return Object.entries(ways).map(([name, print]) => ({
    name,
    print,
    ...(name === inTurn && { deep: 'in turn' }),
  }));
}

function logAll(logger: Anything, value: unknown): void {
  logger.error(value);
  logger.error({ err: value, error: value, value }, 'it failed');
  logger.error({ req: value }, 'a request');
  logger.error({ res: value }, 'an answer');
}

function through(
  make: (write: (text: string) => void) => Anything,
  log: (logger: Anything, value: unknown) => void,
): Printed {
  return (value) => {
    let shown = '';
    log(
      make((text) => {
        shown += text;
      }),
      value,
    );
    return shown;
  };
}

function pinoSerializers({ stdSerializers }: Anything): object {
  const { err, errWithCause, req, res } = stdSerializers;
  return { err, error: errWithCause, req, res };
}

function winstonWith(winston: Anything, formatOf: (format: Anything) => Anything): Printed {
  return through(
    (write) =>
      winston.createLogger({
        format: formatOf(winston.format),
        transports: [new winston.transports.Stream({ stream: streamTo(write) })],
      }),
    (logger, value) => {
      logger.error(value);
      logger.error('it failed', value);
      logger.error('it failed', { error: value });
      logger.log({ level: 'error', message: value });
    },
  );
}

function streamTo(write: (text: string) => void): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      write(String(chunk));
      done();
    },
  });
}
