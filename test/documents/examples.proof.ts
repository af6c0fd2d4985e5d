/** Small published documents, each for one feature of OpenAPI. */
import t from 'tap'
import { examples } from './corpus.ts'
import { trial } from './trial.ts'

for (const document of examples()) {
  t.test(`${document.name} is served whole`, (t) => trial(t, document))
}
