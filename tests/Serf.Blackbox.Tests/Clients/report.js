'use strict'

// One line for each step, as JSON in which equal answers look equal.

const moments = ['goroutines', 'version', 'max_procs', 'cpu_count', 'member_time', 'event_time', 'query_time',
  'intent_queue', 'event_queue', 'query_queue', 'health_score', 'coordinate_resets', 'LTime', 'Addr', 'Seq',
  'Adjustment', 'Error', 'Height', 'Vec']

function plain (value, key) {
  if (value !== null && value !== undefined && moments.includes(key) && value !== '') return '*'
  if (Buffer.isBuffer(value)) return value.toString('latin1')
  if (Array.isArray(value)) return value.map((item) => plain(item))
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.keys(value).sort().map((name) => [name, plain(value[name], name)]))
  }

  return value === undefined ? null : value
}

exports.step = function (name, value) {
  console.log(name + ' ' + (value instanceof Error ? 'error: ' + value.message : JSON.stringify(plain(value))))
}

// Whoever waits in vain is told by the exit code.
exports.deadline = function () {
  setTimeout(() => {
    console.log('no answer')
    process.exit(3)
  }, 40000).unref()
}
