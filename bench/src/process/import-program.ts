/** Imports what it is given, all from one module, and prints the processor time of that: `import-program.js URL…`. */
const statements = process.argv.slice(2).map((url) => `import ${JSON.stringify(url)};`);
const module = `data:text/javascript,${encodeURIComponent(statements.join('\n'))}`;

// Not the time on the clock: what else the machine does meanwhile is no cost of the import.
const before = process.cpuUsage();
await import(module);
const { user, system } = process.cpuUsage(before);

console.log((user + system) / 1_000);
