import type { DemoOptions } from './options.js';
import type { DemoReport } from './report.js';

/** Where a person watches the run. */
export interface DemoView {
  begin(options: DemoOptions, url: string): void;
  /** Something happened, `atMs` after the start. */
  event(atMs: number, text: string): void;
  /** Called several times a second. */
  update(report: DemoReport): void;
  end(): void;
}
