// What test files get as `t` from .ci/test-files.js: the test of the file that is running. Files run one
// after another, so that there is only one.
let running

export const runAs = (test) => {
  running = test
}

export default new Proxy(
  {},
  {
    get: (_, name) => {
      const member = running[name]
      return typeof member === 'function' ? member.bind(running) : member
    },
  },
)
