/** Times one subject in its own process, whose inline caches then know nothing else: `lookup-program.js NAME`. */
import { measure } from 'mitata';
import { answerQuestions } from '../child.js';
import { floors, lookups } from './subjects.js';

// One sample is the mean of this many calls.
const batchSize = 1_024;

const [name] = process.argv.slice(2);

answerQuestions({ measure: measureSubject });

/** Resolves with the median, in nanoseconds, of samples taken for at least that long, and warmed up for as long. */
async function measureSubject(durationMs: number): Promise<number> {
  const subject = [...floors, ...lookups].find((each) => each.name === name);
  if (subject === undefined) throw new Error(`No subject "${name}".`);
  const call = await subject.make();
  await warmUp(call, durationMs);
  const stats = await measure(call, {
    batch_samples: batchSize,
    // It would tell by the first calls whether they are short enough for batches, and one by one time its own clock.
    batch_threshold: Number.POSITIVE_INFINITY,
    warmup_threshold: Number.POSITIVE_INFINITY,
    gc: false,
    min_cpu_time: durationMs * 1e6,
  });
  // Whatever it is asked for.
  if (stats.ticks !== stats.samples.length * batchSize) throw new Error('Not timed in batches.');
  return stats.p50 / (subject.times ?? 1);
}

async function warmUp(call: () => unknown, durationMs: number): Promise<void> {
  const startedAt = performance.now();
  while (performance.now() - startedAt < durationMs) await call();
}
