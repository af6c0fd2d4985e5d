import fc from 'fast-check'
import t from 'tap'
import { parseXml, XmlError } from '../../src/contract/xml-parse.ts'

const refusal = async (text: string): Promise<XmlError> => {
  const error = await parseXml(text).catch((error: unknown) => error)
  if (error instanceof XmlError) return error
  throw new Error(`not refused as XML: ${error}`)
}

const deep = (depth: number, inner = '') => '<a>'.repeat(depth) + inner + '</a>'.repeat(depth)

const DOCTYPES: readonly [text: string, where: string][] = [
  ['<!DOCTYPE a><a/>', '1:1'],
  ['<!DOCTYPE a SYSTEM "a.dtd"><a/>', '1:1'],
  ['<!DOCTYPE a PUBLIC "a" "b" [ <!-- ]> --> ]><a/>', '1:1'],
  ['<?xml version="1.0"?>\n<!-- > --><?p <a> ?><!DOCTYPE a><a/>', '2:21'],
  ['<a><!DOCTYPE a></a>', '1:4'],
  ['<a/><!DOCTYPE a>', '1:5'],
  ['<!DOCTYPE', '1:1'],
]

for (const [text, where] of DOCTYPES) {
  t.test(`the DOCTYPE of ${JSON.stringify(text)} is refused at ${where}`, async (t) => {
    t.equal(
      (await refusal(text)).message,
      `${where}: a DOCTYPE or another declaration is not taken`,
    )
  })
}

t.test('the word DOCTYPE is text where no declaration can begin', async (t) => {
  const { text, attributes } = await parseXml(
    '<?p <!DOCTYPE a>?><!-- <!DOCTYPE a> --><a b="&lt;!DOCTYPE"><![CDATA[<!DOCTYPE a>]]></a>',
  )
  t.equal(text, '<!DOCTYPE a>')
  t.match(attributes, [{ name: 'b', text: '<!DOCTYPE' }])
})

t.test('only elements that are open count for the depth', async (t) => {
  const many = '<a b=">"/><b></b><!-- <a> --><![CDATA[<a>]]><?a <a> ?>'.repeat(200)
  t.match(await parseXml(deep(99, many)), { name: 'a' })
  t.equal((await refusal(deep(100, '<b/>'))).column, 301)
})

t.test('a document of any depth is refused for its depth', async (t) => {
  for (const depth of [101, 1_000, 1_000_000]) {
    t.equal((await refusal(deep(depth))).message, '1:301: more than 100 elements in each other')
    t.equal((await refusal('<a>'.repeat(depth))).reason, 'more than 100 elements in each other')
  }
})

const REASONS: readonly [text: string, message: string][] = [
  ['<a b="1"', '1:1: a tag that does not end, or has more in it than attributes'],
  ['<a b="1"c="2"/>', '1:1: a tag that does not end, or has more in it than attributes'],
  ['<a b="1', '1:1: a tag that does not end, or has more in it than attributes'],
  ['<a></a b>', '1:4: a tag that does not end, or has more in it than attributes'],
  ['<a b="<"/>', '1:1: the value of an attribute does not end before "<"'],
  ['<r>1 < 2</r>', '1:7: "" is an invalid name of an element'],
  ['<r><b c = "1"\n  d\n  e="2"/></r>', '2:3: attribute "d" is without value'],
  ['<r b="b" c=\'b="1"\' b="2"/>', '1:20: attribute "b" is repeated'],
  ['<r>😀\n😀&b;</r>', '2:3: "&b;" is no reference that is known here'],
  ['<r>😀\ud800</r>', '1:6: a character that XML does not allow'],
  ['<r>x', '1:1: not closed: "r"'],
  ['<r>\r\n <b>\r </c></r>', "3:2: Expected closing tag 'b' (opened in line 2, col 2)"],
  ['<r/>x', '1:5: text outside the root element'],
  ['<!-- nothing -->', '1:17: Start tag expected: there is no root element'],
  ['<?xml version="2.0"?><r/>', '1:20: Invalid character in version number'],
]

for (const [text, message] of REASONS) {
  t.test(`${JSON.stringify(text)} is refused with ${message}`, async (t) => {
    const refused = await refusal(text)
    t.ok(refused.message.startsWith(message), refused.message)
  })
}

t.test('an endless tag takes no more than its length', async (t) => {
  const parts = [' ', ' b', '"', '""', '\'"', '=', ' b=""', '/', '😀']
  for (const part of parts) {
    for (const text of [`<a${part.repeat(100_000)}`, `<a b${part.repeat(100_000)}=1/>`]) {
      t.type(await refusal(text), XmlError)
    }
  }
})

t.test('a refusal names a place in the document', async () => {
  const piece = fc.constantFrom(
    ...['<', '>', '/', 'a', ' b="', '"', "'", '&', ';', '&lt;', '<a>', '<!', '<!DOCTYPE a>'],
    ...['</a>', '<!--', '-->', '<![CDATA[', ']]>', '<?', '?>', '=', '#', ' ', '\n', '😀', '\0'],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const text = pieces.join('')
      const error = await parseXml(text).catch((error: unknown) => error)
      if (!(error instanceof Error)) return
      if (!(error instanceof XmlError)) throw error
      const line = text.split(/\r\n|\r|\n/)[error.line - 1]
      if (line === undefined || error.column < 1 || error.column > line.length + 1) throw error
    }),
    { numRuns: 2_000 },
  )
})
