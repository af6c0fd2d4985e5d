/**
 * The types that `vitest.ts` needs. Vitest itself is large, and is installed only by the tests that
 * run it (.ci/test-runners). In the package, `vitest` is the Vitest of its user.
 */
declare module 'vitest' {
  export { type TestAPI, test } from '@vitest/runner'
  export interface ProvidedContext {}
}
