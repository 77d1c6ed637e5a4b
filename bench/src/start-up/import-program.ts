/** Imports what it is given, all from one module, and prints how long that took: `import-program.js URL…`. */
const statements = process.argv.slice(2).map((url) => `import ${JSON.stringify(url)};`);
const module = `data:text/javascript,${encodeURIComponent(statements.join('\n'))}`;

const startedAt = performance.now();
await import(module);
const importMs = performance.now() - startedAt;

console.log(importMs);
