// What is read late: a file of its own, which nothing else imports, so that the build can give it its name.
export { ExecLoader } from './exec-loader.js';
