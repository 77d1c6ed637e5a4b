/**
 * Reads every property that `options` holds itself, once, and returns what was read: a snapshot.
 *
 * A caller may change or reuse an object while a request waits for its credential, and a getter may answer otherwise at
 * the second time: what is judged and what is sent both come from the snapshot. It inherits nothing, because what stands
 * on Object.prototype is nobody's option.
 */
export function snapshot<Options extends object>(options: Options): Options {
  // Spread defines properties; to assign them would run the setters that somebody has put on Object.prototype.
  const read: object = { __proto__: null, ...options };
  return read as Options;
}

/**
 * Returns `body` as it is now: bytes, search parameters and forms are copied, and so is a list of them. A string and a
 * Blob cannot change; a stream, an iterator and everything unknown cannot be copied, and are returned as they are.
 */
export function snapshotBody<Body>(body: Body): Body {
  if (typeof body !== 'object' || body === null) return body;
  return (copyOf(body) ?? body) as Body;
}

function copyOf(body: object): unknown {
  if (ArrayBuffer.isView(body)) return copyOfView(body);
  if (Array.isArray(body)) return body.map((each) => snapshotBody<unknown>(each));
  // Not instanceof: a form may come from another copy of undici, and naming the class would load all of fetch.
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]':
      return (body as ArrayBuffer).slice(0);
    case '[object URLSearchParams]':
      return new URLSearchParams(String(body));
    case '[object FormData]':
      return isRereadableForm(body) ? copyOfForm(body) : undefined;
    default:
      return undefined;
  }
}

function copyOfView(view: ArrayBufferView): ArrayBufferView {
  const { buffer, byteOffset, byteLength } = view;
  // Not zeroed first, which would take longer than to copy: a body may be large.
  const copy = Buffer.allocUnsafeSlow(byteLength);
  copy.set(new Uint8Array(buffer, byteOffset, byteLength));
  if (Buffer.isBuffer(view)) return copy;
  const View = view.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView;
  return new View(copy.buffer);
}

function copyOfForm(form: FormData): FormData {
  const Form = form.constructor as new () => FormData;
  const copy = new Form();
  for (const [name, value] of form as Iterable<[string, string]>) copy.append(name, value);
  return copy;
}

/**
 * Tells whether `body` is a form that can be read as often as needed, from whatever copy of undici. One of the form-data
 * package is a stream, and empty after the first time.
 */
export function isRereadableForm(body: unknown): body is FormData {
  if (Object.prototype.toString.call(body) !== '[object FormData]') return false;
  const { getHeaders } = body as { readonly getHeaders?: unknown };
  return getHeaders === undefined || Object.hasOwn(Object.prototype, 'getHeaders');
}
