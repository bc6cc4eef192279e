// Prints the values that npm's `dotenv` and Node read from `.env` files as JSON: node env_readers.cjs MODULE FILE…
const { readFileSync } = require('node:fs')
const { parseEnv } = require('node:util')
const dotenv = require(process.argv[2])

const read = process.argv.slice(3).map((file) => ({
  dotenv: dotenv.parse(readFileSync(file)),
  Node: parseEnv(readFileSync(file, 'utf8')),
}))
console.log(JSON.stringify(read))
