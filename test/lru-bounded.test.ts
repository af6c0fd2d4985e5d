import t from 'tap'
import { BoundedMap } from '../src/lru.ts'

const keys = <V>(map: BoundedMap<V>) => [...map.entries()].map(([key]) => key)

function mapOf(most: number, ...keys: string[]) {
  const gone: string[] = []
  const map = new BoundedMap<number>(most, (key, value) => gone.push(`${key}=${value}`))
  for (const [index, key] of keys.entries()) map.set(key, index)
  return { map, gone }
}

t.test('a value is found under its key', async (t) => {
  const { map } = mapOf(2, 'a', 'b')
  t.equal(map.get('b'), 1)
  t.equal(map.get('c'), undefined)
  t.equal(map.size, 2)
})

t.test('a value can be replaced', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b', 'a')
  t.equal(map.get('a'), 2)
  t.equal(map.size, 2)
  t.same(gone, [])
})

t.test('the entry set first goes when there are too many', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b', 'c')
  t.same(gone, ['a=0'])
  t.same(keys(map), ['b', 'c'])
})

t.test('an entry that is read stays longer', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b')
  map.get('a')
  map.set('c', 2)
  t.same(gone, ['b=1'])
})

t.test('an entry that is replaced stays longer', async (t) => {
  const { gone } = mapOf(2, 'a', 'b', 'a', 'c')
  t.same(gone, ['b=1'])
})

t.test('a deleted entry is gone without a word', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b')
  t.equal(map.delete('a'), true)
  t.equal(map.delete('a'), false)
  map.set('c', 2)
  t.same(keys(map), ['b', 'c'])
  t.same(gone, [])
})

t.test('a cleared map is empty and can be filled again', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b')
  map.clear()
  t.equal(map.size, 0)
  map.set('c', 2)
  t.same(keys(map), ['c'])
  t.same(gone, [])
})

t.test('entries are dropped from the oldest on, up to the first that may stay', async (t) => {
  const { map, gone } = mapOf(5, 'a', 'b', 'c', 'd')
  map.evictWhile((value) => value !== 2)
  t.same(gone, ['a=0', 'b=1'])
  t.same(keys(map), ['c', 'd'])
})

t.test('all entries may be dropped', async (t) => {
  const { map } = mapOf(5, 'a', 'b')
  map.evictWhile(() => true)
  t.equal(map.size, 0)
})

t.test('a map that may hold nothing holds nothing', async (t) => {
  const { map, gone } = mapOf(0, 'a')
  t.equal(map.size, 0)
  t.same(gone, ['a=0'])
})

t.test('a value can be looked at, which keeps it no longer', async (t) => {
  const { map, gone } = mapOf(2, 'a', 'b')
  t.equal(map.peek('a'), 0)
  t.equal(map.peek('c'), undefined)
  map.set('c', 2)
  t.same(gone, ['a=0'])
  t.equal(map.peek('a'), undefined)
})

t.test('entries are told with their values, the least recently used first', async (t) => {
  const { map, gone } = mapOf(3, 'a', 'b', 'c')
  map.get('a')
  map.set('b', 5)
  const told = [
    ['c', 2],
    ['a', 0],
    ['b', 5],
  ]
  t.same([...map.entries()], told)
  t.same([...map.entries()], told, 'and telling them uses none')
  t.same(gone, [])
})

t.test('a map of nothing has no entries', async (t) => {
  const { map } = mapOf(3)
  t.same([...map.entries()], [])
})

t.test('any text is a key', async (t) => {
  const { map } = mapOf(3, '', '__proto__')
  t.equal(map.peek('__proto__'), 1)
  t.equal(map.peek('constructor'), undefined)
  t.same(keys(map), ['', '__proto__'])
})
