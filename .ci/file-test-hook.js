// Gives test files what .ci/file-test.js exports when they import tap.
const FILE_TEST = new URL('./file-test.js', import.meta.url).href
const TESTS = new URL('../test/', import.meta.url).href

export const resolve = (specifier, context, next) =>
  specifier === 'tap' && context.parentURL?.startsWith(TESTS)
    ? { url: FILE_TEST, format: 'module', shortCircuit: true }
    : next(specifier, context)
