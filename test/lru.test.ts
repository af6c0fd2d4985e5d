import t from 'tap'
import { LinkedList } from '../src/lru.ts'

function listOf(...values: string[]) {
  const list = new LinkedList<string>()
  const links = values.map((value) => list.append(value))
  return { list, links, values: () => [...list] }
}

t.test('a new list is empty', async (t) => {
  const { list, values } = listOf()
  t.equal(list.size, 0)
  t.equal(list.first, undefined)
  t.same(values(), [])
})

t.test('values are kept in the order they came', async (t) => {
  const { list, values } = listOf('a', 'b', 'c')
  t.same(values(), ['a', 'b', 'c'])
  t.equal(list.first?.value, 'a')
  t.equal(list.size, 3)
})

for (const [index, place] of ['first', 'middle', 'last'].entries()) {
  t.test(`the ${place} value can be taken out`, async (t) => {
    const { list, links, values } = listOf('a', 'b', 'c')
    list.remove(links[index]!)
    t.same(values(), ['a', 'b', 'c'].toSpliced(index, 1))
    t.equal(list.size, 2)
  })

  t.test(`the ${place} value can be made the last`, async (t) => {
    const { list, links, values } = listOf('a', 'b', 'c')
    list.renew(links[index]!)
    t.same(values(), [...['a', 'b', 'c'].toSpliced(index, 1), ['a', 'b', 'c'][index]])
    t.equal(list.size, 3)
  })
}

t.test('a list of one value stays as it is when that is renewed', async (t) => {
  const { list, links, values } = listOf('a')
  list.renew(links[0]!)
  t.same(values(), ['a'])
  t.equal(list.first, links[0])
})

t.test('a list whose values were all taken out can be filled again', async (t) => {
  const { list, links, values } = listOf('a', 'b')
  for (const link of links) list.remove(link)
  list.append('c')
  t.same(values(), ['c'])
  t.equal(list.size, 1)
})
