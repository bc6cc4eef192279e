// PostGraphile on a database, started by `postgraphile.rs`.
// Arguments: PostGraphile's module, the database's URL. Prints `HOST:PORT`, and ends when it is killed.

import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [module, database] = process.argv.slice(2);
const { postgraphile } = (await import(pathToFileURL(module))).default;
const server = createServer(postgraphile(database, 'public', { disableQueryLog: true, graphiql: false }));
server.listen(0, '127.0.0.1', () => console.log(`127.0.0.1:${server.address().port}`));
