'use strict'

// Every command of the npm package serf-rpc: node serf-rpc.js HOST PORT TOKEN

const { deadline, step } = require('./report')
const serf = require('serf-rpc')()

const [host, port, token] = process.argv.slice(2)
const key = '5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4='

function call (command, body) {
  return new Promise((resolve) => serf[command](body, (fault, answer) => resolve(answer)))
}

// Commands without a body are given a function in its place.
function ask (command) {
  return new Promise((resolve) => serf[command]((fault, answer) => resolve(answer)))
}

async function tell (command, body) {
  step(command, await (body === undefined ? ask(command) : call(command, body)))
}

// The records of a stream come as events of its number.
async function listen (command, body, isLast) {
  const { Seq: seq } = await call(command, body)
  const done = new Promise((resolve) => serf.events.on(seq, (record) => {
    if (isLast(record)) resolve(record)
  }))
  return { seq, done }
}

async function main () {
  deadline()
  await new Promise((resolve, reject) => serf.connect(
    { rpc_host: host, rpc_port: port }, (fault) => fault ? reject(fault) : resolve()))
  await tell('members')
  await tell('auth', { AuthKey: 'wrong' })
  await tell('auth', { AuthKey: token })
  await tell('members')
  await tell('members-filtered', { Tags: { role: 'w.*' }, Status: 'alive', Name: '' })
  await tell('event', { Name: 'e', Payload: 'p', Coalesce: true })
  await tell('force-leave', { Node: 'nobody' })
  await tell('join', { Existing: [], Replay: false })
  await tell('tags', { Tags: { more: '1' }, DeleteTags: ['role'] })
  await tell('stats')
  await tell('install-key', { Key: key })
  await tell('use-key', { Key: key })
  await tell('list-keys')
  await tell('remove-key', { Key: key })
  await tell('respond', { ID: 77, Payload: 'x' })

  const events = await listen('stream', { Type: 'user:wanted' }, () => true)
  await call('event', { Name: 'wanted', Payload: 'q', Coalesce: false })
  step('stream', await events.done)
  step('stop', await call('stop', { Stop: events.seq }))

  // Not its monitor: the package loses a reply that comes in one piece with the records behind it.
  const query = await listen('query', { Name: 'ask', Payload: 'why' }, (record) => record.Type === 'done')
  step('query', await query.done)
  await tell('leave')
  process.exit(0)
}

main().catch((fault) => {
  console.log('failed: ' + fault.stack)
  process.exit(2)
})
