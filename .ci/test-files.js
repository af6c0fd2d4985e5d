// Runs test files one after another in this process, each as a test of its own name:
//   node --import ./.ci/types.js .ci/test-files.js test/clock.test.ts test/lru.test.ts
// To start Node, tap and the sandbox's modules takes longer than most files do; here it is paid once.
// A file still imports `t` from tap: it gets the test of its own file instead of tap's root.
import module from 'node:module'
import { pathToFileURL } from 'node:url'
import { runAs } from './file-test.js'
import { resolve } from './file-test-hook.js'

/** A file that takes longer hangs, in ms; a file may ask for more with t.setTimeout. */
const TIMEOUT = 240_000

// Taken away: tap puts the arguments into the names of folders that tests make.
const files = process.argv.splice(2)
const { t } = await import('tap')

// Node 20 has hooks only in a thread of their own.
if (module.registerHooks) module.registerHooks({ resolve })
else module.register('./file-test-hook.js', import.meta.url)

t.setTimeout(0)
for (const file of files) {
  t.test(file, { timeout: TIMEOUT }, async (test) => {
    runAs(test)
    await import(pathToFileURL(file))
  })
}
