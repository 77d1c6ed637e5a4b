// node scripts/node-path.mjs MAJOR: prints the path of that Node, which is installed where it is not yet.
import { nodeBinary } from './node-binary.mjs';

console.log(nodeBinary(process.argv[2]));
