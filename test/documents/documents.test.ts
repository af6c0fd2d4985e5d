/** Documents of our own, one for each part of the specification. */
import t from 'tap'
import { own } from './corpus.ts'
import { trial } from './trial.ts'

for (const document of own()) {
  t.test(`${document.name} is served whole`, (t) => trial(t, document, { strict: true }))
}
