/** Puts colour around a text, or leaves it as it is. */
export type Paint = Record<
  'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan',
  (text: string) => string
>;

/** @param colourful false where nobody sees colours: no terminal, or NO_COLOR is set */
export function makePaint(colourful: boolean): Paint {
  const wrap =
    (on: number, off: number) =>
    (text: string): string =>
      colourful && text !== '' ? `\u001B[${on}m${text}\u001B[${off}m` : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
    cyan: wrap(36, 39),
  };
}
