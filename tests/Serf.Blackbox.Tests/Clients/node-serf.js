'use strict'

// Every command of the npm package node-serf: node node-serf.js HOST PORT TOKEN

const Serf = require('node-serf')
const { deadline, step } = require('./report')

const [host, port, token] = process.argv.slice(2)
const key = '5K9OtfP7efFrNKe5WCQvXvnaXJ5cWP0SvXiwe0kkjM4='

function connect () {
  return new Promise((resolve, reject) => {
    const client = Serf.connect({ host, port: Number(port) }, (fault) => fault ? reject(fault) : resolve(client))
  })
}

function call (client, command, body) {
  return new Promise((resolve) => {
    const done = (fault, answer) => resolve(fault || answer)
    if (body === undefined) {
      client[command](done)
    } else {
      client[command](body, done)
    }
  })
}

async function tell (client, command, body) {
  step(command, await call(client, command, body))
}

// Listens before the first record can come.
function open (client, command, body, isLast) {
  const records = []
  let stream
  const opened = new Promise((resolve, reject) => {
    stream = client[command](body, (fault) => fault ? reject(fault) : resolve())
  })
  const done = new Promise((resolve) => stream.on('data', (record) => {
    records.push(record)
    if (isLast(record)) resolve(records)
  }))
  return { stream, opened, done }
}

const byType = (a, b) => a.Type < b.Type ? -1 : 1

async function main () {
  deadline()
  const client = await connect()
  await tell(client, 'members')
  await tell(client, 'auth', { AuthKey: 'wrong' })
  await tell(client, 'auth', { AuthKey: token })
  await tell(client, 'members')
  await tell(client, 'members-filtered', { Tags: { role: 'w.*' }, Status: 'alive', Name: '' })
  await tell(client, 'membersFiltered', { Name: 'nobody' })
  await tell(client, 'event', { Name: 'e', Payload: 'p', Coalesce: true })
  await tell(client, 'forceLeave', { Node: 'nobody' })
  await tell(client, 'join', { Existing: [], Replay: false })
  await tell(client, 'tags', { Tags: { more: '1' }, DeleteTags: ['role'] })
  await tell(client, 'stats')
  await tell(client, 'getCoordinate', { Node: 'nobody' })
  await tell(client, 'getCoordinate', { Node: 'n1' })
  await tell(client, 'installKey', { Key: key })
  await tell(client, 'useKey', { Key: key })
  await tell(client, 'listKeys')
  await tell(client, 'removeKey', { Key: key })
  await tell(client, 'respond', { ID: 77, Payload: 'x' })

  const events = open(client, 'stream', { Type: 'user:wanted' }, () => true)
  await events.opened
  await call(client, 'event', { Name: 'unwanted', Payload: '', Coalesce: false })
  await call(client, 'event', { Name: 'wanted', Payload: 'q', Coalesce: false })
  step('stream', await events.done)
  step('stop', await new Promise((resolve) => events.stream.stop(resolve)))

  const logs = open(client, 'monitor', { LogLevel: 'INFO' }, (record) => record.Log.includes('user-event: wanted'))
  await logs.opened
  step('monitor', (await logs.done)[0].Log.replace(/^\S+ \S+/, '*'))

  const asker = await connect()
  await call(asker, 'auth', { AuthKey: token })
  const asked = open(client, 'stream', { Type: 'query:ask' }, () => true)
  await asked.opened
  const query = { Name: 'ask', Payload: 'why', RequestAck: true, Timeout: 1500000000 }
  const answers = open(asker, 'query', query, (record) => record.Type === 'done')
  const [question] = await asked.done
  step('query seen', question)
  await tell(client, 'respond', { ID: question.ID, Payload: 'because' })
  step('query', (await answers.done).sort(byType))

  client.once('close', () => {
    step('leave', 'closed')
    process.exit(0)
  })
  client.leave()
}

main().catch((fault) => {
  console.log('failed: ' + fault.stack)
  process.exit(2)
})
