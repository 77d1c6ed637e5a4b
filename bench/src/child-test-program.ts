/** Answers what child.test.ts asks. */
import { answerQuestions } from './child.js';

answerQuestions({
  double: (value: number): number => value * 2,
  fail: (): never => {
    throw new Error('out of luck');
  },
  wait: (): Promise<never> => new Promise(() => {}),
  end: (code: number): never => process.exit(code),
  processId: (): number => process.pid,
});
