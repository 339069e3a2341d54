// What every program has to find, however it was loaded.

const { deepStrictEqual } = require('node:assert')

exports.report = (found) => {
  deepStrictEqual(found, {
    outcome: 'published',
    rows: 100,
    verified: 100,
    refused: true,
    location: 's3://analytics',
    table: true,
  })
  console.log('ok')
}
