interface StreamLike {
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * Calls `listener` when a body that nobody reads yet fails: without one, the error would end the process.
 * Does nothing for a body that is no stream. The returned function ends it.
 */
export function onStreamError(body: unknown, listener: (error: Error) => void): () => void {
  const { on, off } = (body ?? {}) as Partial<StreamLike>;
  if (typeof on !== 'function' || typeof off !== 'function') return () => {};
  const stream = body as StreamLike;
  stream.on('error', listener);
  return () => {
    stream.off('error', listener);
  };
}
