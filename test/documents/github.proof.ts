import t from 'tap'
import { published } from './corpus.ts'
import { trial } from './trial.ts'

t.test("GitHub's document is served whole", (t) =>
  trial(t, published('github.com/api.github.com.json')),
)
