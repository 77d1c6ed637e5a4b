import { onAbort } from '@keyturn/core/binding';
import type { AxiosCopy } from './axios-copy.js';
import type { RequestConfig } from './axios-shape.js';

/** One signal for every way in which a caller can give up. */
export interface CallerAbort {
  readonly signal: AbortSignal | undefined;
  /** Lets go of the caller's signal and of the timer. Undefined where there is nothing to let go of. */
  readonly release?: () => void;
}

/**
 * Combines `signal`, `cancelToken` and `timeout` of a request, for the time it waits for a credential.
 *
 * axios itself watches all three only from the moment its adapter runs; whatever we reject with after an abort or a
 * cancellation, it turns into a CanceledError of its own.
 */
export function callerAbort(
  config: RequestConfig,
  copy: Pick<AxiosCopy, 'AxiosError'>,
): CallerAbort {
  const { signal, cancelToken } = config;
  const timeoutMs = Number(config.timeout ?? 0);
  const isTimed = Number.isFinite(timeoutMs) && timeoutMs > 0;
  if (cancelToken === undefined && !isTimed) {
    if (signal === undefined) return { signal: undefined };
    if (signal instanceof AbortSignal) return { signal };
  }
  return combined(config, copy, isTimed ? timeoutMs : undefined);
}

function combined(
  config: RequestConfig,
  copy: Pick<AxiosCopy, 'AxiosError'>,
  timeoutMs: number | undefined,
): CallerAbort {
  const { signal, cancelToken } = config;
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal?.reason);
  const onCancel = (reason: unknown): void => controller.abort(reason);
  const timer =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => controller.abort(timedOut(config, copy)), timeoutMs);
  if (signal?.aborted) abort();
  const stopListening = listen(signal, abort);
  cancelToken?.subscribe(onCancel);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
      stopListening();
      cancelToken?.unsubscribe(onCancel);
    },
  };
}

/** axios takes anything that looks like a signal. */
function listen(signal: RequestConfig['signal'], abort: () => void): () => void {
  if (signal instanceof AbortSignal) return signal.aborted ? () => {} : onAbort(signal, abort);
  signal?.addEventListener?.('abort', abort);
  return () => signal?.removeEventListener?.('abort', abort);
}

/** The error that axios gives when the server takes that long. */
function timedOut(config: RequestConfig, { AxiosError }: Pick<AxiosCopy, 'AxiosError'>): Error {
  const { timeout, timeoutErrorMessage, transitional } = config;
  const { ECONNABORTED, ETIMEDOUT } = AxiosError;
  return new AxiosError(
    timeoutErrorMessage || `timeout of ${timeout}ms exceeded`,
    transitional?.clarifyTimeoutError ? ETIMEDOUT : ECONNABORTED,
    config as never,
  );
}
