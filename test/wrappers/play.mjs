// node test/wrappers/play.mjs LIBRARY FILE: plays the module of a block against a server, and prints `played` when it does what the
// page says.
import { pathToFileURL } from 'node:url';
import { plays } from './plays.mjs';

const [library, file] = process.argv.slice(2);
await plays[library](await import(pathToFileURL(file)));
console.log('played');
// Some of the libraries keep connections or timers of their own.
process.exit(0);
