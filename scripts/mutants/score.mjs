// Counts what has become of the mutants of a package.
import { describeMutant, findJudgement } from './judged.mjs';

/** The least share of the mutants not judged that the tests have to notice. Percent. */
export const leastScore = 90;

const noticed = ['Killed', 'Timeout'];
const unnoticed = ['Survived', 'NoCoverage'];

/**
 * @param report of StrykerJS; undefined where there is none yet
 * @param files that count
 * @param unfinished those whose results are not complete
 * @returns counts, the survivors that nobody has judged, the files without a result, and the judgements in use
 */
export function scoreOf(report, files, judged, unfinished) {
  const score = { killed: 0, survived: [], judged: new Set(), judgedCount: 0, notRun: [] };
  for (const file of files) {
    const result = unfinished.includes(file) ? undefined : report?.files[file];
    if (result === undefined) score.notRun.push(file);
    for (const mutant of result?.mutants ?? []) count(score, file, result.source, mutant, judged);
  }
  return score;
}

/**
 * Takes out of a report the survivors that not all of their tests have seen, whatever has kept these from it. Returns the
 * files that they were in: these want to be run again.
 */
export function dropUnfinished(report) {
  return drop(
    report,
    ({ status, testsCompleted = 0, coveredBy = [] }) =>
      status === 'Survived' && testsCompleted < coveredBy.length,
  );
}

/**
 * Takes out of a report the survivors of code that runs at import, where a test has changed since: StrykerJS does not know
 * which tests see that, and would keep the result for ever. Returns the files that they were in.
 * @param isAsItWas tells whether a test file still has that text
 */
export function dropStatic(report, isAsItWas) {
  const tests = Object.entries(report.testFiles ?? {});
  if (tests.every(([file, { source }]) => isAsItWas(file, source))) return [];
  return drop(report, (mutant) => mutant.static && mutant.status === 'Survived');
}

function drop(report, isMeant) {
  const files = Object.entries(report.files).filter(([, { mutants }]) => mutants.some(isMeant));
  for (const [, file] of files) file.mutants = file.mutants.filter((mutant) => !isMeant(mutant));
  return files.map(([name]) => name);
}

function count(score, file, source, mutant, judged) {
  if (noticed.includes(mutant.status)) score.killed += 1;
  if (!unnoticed.includes(mutant.status)) return;
  const described = describeMutant(file, source, mutant);
  const judgement = findJudgement(judged, described);
  if (judgement === undefined) {
    const { line } = mutant.location.start;
    score.survived.push({ ...described, number: line, covered: mutant.status === 'Survived' });
    return;
  }
  score.judged.add(judgement);
  score.judgedCount += 1;
}

/** Percent of the mutants that nobody has judged; 100 where there are none. */
export function percentOf({ killed, survived }) {
  const all = killed + survived.length;
  return all === 0 ? 100 : (100 * killed) / all;
}
