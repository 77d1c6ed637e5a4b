export { type FileReason, fileReasonOf } from '../system-error.js';
export { type DecodedText, decodeText, withoutMarks } from './decode-text.js';
export { nameForeignText } from './name-foreign-text.js';
export { maxDepth, type Reading, readYaml } from './read-yaml.js';
export { exceedsMarks, type JsonScan, type StructureLimits, scanJson } from './structure.js';
