export { type FileReason, fileReasonOf, type SystemError, systemErrorIn } from '../system-error.js';
export { type DecodedText, decodeText, withoutMarks } from './decode-text.js';
export { hideSecrets, redacted } from './hide-secrets.js';
export { nameForeignText } from './name-foreign-text.js';
export { readTextFile } from './read-text-file.js';
export { maxDepth, type Reading, readYaml } from './read-yaml.js';
export { exceedsMarks, type JsonScan, type StructureLimits, scanJson } from './structure.js';
