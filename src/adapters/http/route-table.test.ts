import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouteTable } from './route-table.ts'

const routes = [
  ['GET', '/items/{id}'],
  ['GET', '/items/search'],
  ['POST', '/items/{id}'],
  ['GET', '/a/{x}/c'],
  ['GET', '/a/b/{y}'],
  ['GET', '/files/read.me'],
  ['GET', '/files/~tilde_under-score'],
  ['DELETE', '/items/{id}/parts/{part}'],
  ['GET', '/'],
].map(([method = '', path = '']) => ({ method, path }))

const table = createRouteTable(routes)

function found(method: string, path: string): readonly [string, unknown] {
  const { route, params } = table.find(method, path)
  return [route.path, { ...params }]
}

test('finds a route by method and path, with the parameters decoded', () => {
  assert.deepEqual(found('GET', '/items/a%20b'), ['/items/{id}', { id: 'a b' }])
  assert.deepEqual(found('DELETE', '/items/7/parts/8'), [
    '/items/{id}/parts/{part}',
    { id: '7', part: '8' },
  ])
  assert.deepEqual(found('GET', '/'), ['/', {}])
})

test('prefers what is spelled out, from the left', () => {
  assert.deepEqual(found('GET', '/items/search'), ['/items/search', {}])
  assert.deepEqual(found('GET', '/a/b/c'), ['/a/b/{y}', { y: 'c' }])
  assert.deepEqual(found('GET', '/a/z/c'), ['/a/{x}/c', { x: 'z' }])
  assert.deepEqual(found('GET', '/a/b/d'), ['/a/b/{y}', { y: 'd' }])
})

test('does so in whatever order the routes are given', () => {
  const turned = createRouteTable(routes.toReversed())

  assert.equal(turned.find('GET', '/a/b/c').route.path, '/a/b/{y}')
  assert.equal(turned.find('GET', '/items/search').route.path, '/items/search')
})

test('a dot in a path is a dot', () => {
  assert.deepEqual(found('GET', '/files/read.me'), ['/files/read.me', {}])
  assert.deepEqual(found('GET', '/files/~tilde_under-score'), ['/files/~tilde_under-score', {}])
  assert.throws(() => table.find('GET', '/files/readxme'), { code: 'HTTP_ROUTE_UNKNOWN' })
})

test('answers HEAD as GET', () => {
  assert.deepEqual(found('HEAD', '/items/7'), ['/items/{id}', { id: '7' }])
})

test('tells a path that does not exist from a method that it has not', () => {
  assert.throws(() => table.find('GET', '/nowhere'), { code: 'HTTP_ROUTE_UNKNOWN' })
  assert.throws(() => table.find('GET', '/items/'), { code: 'HTTP_ROUTE_UNKNOWN' })
  assert.throws(() => table.find('PUT', '/items/7'), {
    code: 'HTTP_METHOD_UNSUPPORTED',
    details: { allowed: ['GET', 'POST', 'HEAD'] },
  })
})

test('a table without routes has none', () => {
  assert.throws(() => createRouteTable([]).find('GET', '/'), { code: 'HTTP_ROUTE_UNKNOWN' })
})
