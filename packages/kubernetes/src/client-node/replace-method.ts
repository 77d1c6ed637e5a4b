const replacedKey = Symbol.for('@keyturn/kubernetes/replaced');

type Method = (argument: never) => Promise<void>;

/**
 * Puts `method` in the place of one of `object`, out of sight of whoever prints it.
 *
 * @returns puts back what was there, where nobody else has replaced it meanwhile; who has, and calls ours, then gets what was there.
 * @throws {TypeError} where it is replaced by us already.
 */
export function replaceMethod<Name extends string>(
  object: Readonly<Record<Name, Method>>,
  name: Name,
  method: Method,
): () => void {
  const before = object[name];
  if (replacedKey in before) {
    throw new TypeError('This KubeConfig is bound already. Call unbind() of that binding first.');
  }
  const own = Object.getOwnPropertyDescriptor(object, name);
  let isOver = false;
  const ours: Method = (argument) => (isOver ? before.call(object, argument) : method(argument));
  Object.defineProperty(ours, replacedKey, { value: true });
  Object.defineProperty(object, name, { value: ours, writable: true, configurable: true });
  return () => {
    isOver = true;
    if (object[name] !== ours) return;
    if (own === undefined) delete (object as Record<string, unknown>)[name];
    else Object.defineProperty(object, name, own);
  };
}
