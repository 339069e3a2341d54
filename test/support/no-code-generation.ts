// Makes the process one that does not allow code generation from strings, as far as the library can tell. (The flag of
// Node itself would stop the test runner, whose modules are made from strings.)

globalThis.Function = new Proxy(Function, {
  construct() {
    throw new EvalError('Code generation from strings disallowed for this context')
  },
})
