/**
 * A PostCSS plugin that makes a page's styles those of one element in a shadow root: what was said of the page is
 * said of the element, sizes no longer follow the host page's font size, and what `@property` would have declared,
 * which has no effect in a shadow root, is set by rules instead.
 */
const PAGE = /:root|:host|#root|(?<![\w.#-])(?:html|body)(?![\w-])/g;

export function forShadowRoot(element) {
  return {
    postcssPlugin: 'for-shadow-root',
    OnceExit(root) {
      root.walkAtRules('property', (rule) => rule.remove());
      root.walkAtRules('layer', (layer) => {
        if (layer.params === 'properties')
          layer.walkAtRules('supports', (rule) => rule.replaceWith(rule.nodes));
      });
      root.walkRules((rule) => {
        if (PAGE.test(rule.selector)) rule.selectors = [...new Set(rule.selectors.map(onElement))];
      });
      root.walkDecls((declaration) => {
        declaration.value = declaration.value.replace(
          /(\d*\.?\d+)rem\b/g,
          (_, rems) => `${rems * 16}px`,
        );
      });
    },
  };

  function onElement(selector) {
    return selector.replace(PAGE, element);
  }
}
