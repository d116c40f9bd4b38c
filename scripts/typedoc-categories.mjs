// Groups the reference by what one does with a name, which is where its source is: a new function needs no tag. Modules are called as they are imported.
import { Comment, CommentTag, Converter, ReflectionKind } from 'typedoc';

/** By the beginning of the path in src/; the first that fits. */
const CATEGORIES = [
  [/^errors/, 'Errors'],
  [/^symbol\/(describe|open-symbol|predict|explained)|^models\/(model-file|trained-model)|^explain/, 'Predict'],
  [/^symbol|^updates|^models\/(ml-model-trainer|evaluation|training|metrics)/, 'Train'],
  [/^features/, 'Features'],
  [/^targets/, 'Targets'],
  [/^models|^trees|^binary-file/, 'Models'],
  [/^bars/, 'Bars'],
  [/^stores|^profiles|^options\/symbol/, 'Stores'],
];

/** @param app - typedoc's application */
export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) {
      reflection.name = reflection.name === 'index' ? 'tickerforest' : `tickerforest/${reflection.name}`;
      return;
    }
    if (!reflection.parent?.kindOf(ReflectionKind.Module)) return;
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName ?? '';
    const [, path = ''] = /\/src\/(.*)$/.exec(file) ?? [];
    const [, category] = CATEGORIES.find(([place]) => place.test(path)) ?? [];
    if (category === undefined) return;
    const tag = new CommentTag('@category', [{ kind: 'text', text: category }]);
    for (const each of [reflection, ...(reflection.signatures ?? [])]) {
      each.comment ??= new Comment();
      each.comment.blockTags.push(tag);
    }
  });
}
