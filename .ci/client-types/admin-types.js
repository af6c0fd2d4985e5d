// Writes the client's types from the admin API's own document: `npm run generate`, after a build.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import openapi, { astToString } from 'openapi-typescript'
import { makeAdmin } from '../../dist/admin/app.js'
import { readOptions } from '../../dist/config/read.js'
import { loadApis } from '../../dist/sandbox/load.js'
import { makeSandbox } from '../../dist/sandbox/sandbox.js'
import { MemoryStore } from '../../dist/store/memory.js'

const config = readOptions({})
const makeStore = (onEvict) => new MemoryStore({ clock: config.clock, onEvict })
const sandbox = makeSandbox(loadApis({ specs: [], scenarios: [] }), { ...config, makeStore })
const gate = { token: undefined, hosts: [] }
const admin = await makeAdmin({ sandbox, gate, stopping: new AbortController().signal })
const types = astToString(await openapi(admin.swagger()))
const path = new URL('../../src/client/admin-api.ts', import.meta.url)
writeFileSync(path, `// Generated from the admin API's document by \`npm run generate\`.\n${types}`)
console.log(`wrote ${fileURLToPath(path)}`)
