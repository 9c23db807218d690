/**
 * The widget: `--mode loader` builds `widget.js`, `--mode app` the chat that it loads. Classic scripts, so that
 * another site needs no CORS for them; the chat runs on Preact, which speaks React and is a tenth of its size.
 */
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vite';
import { forShadowRoot } from './scripts/for-shadow-root.mjs';

const bundles = {
  loader: { entry: 'src/widget/loader.ts', name: 'SupportbotLoader', file: 'widget.js' },
  app: { entry: 'src/widget/app.tsx', name: 'SupportbotChat', file: 'widget-app.js' },
};

export default defineConfig(({ mode }) => {
  const { entry, name, file } = mode === 'loader' ? bundles.loader : bundles.app;
  return {
    plugins: [tailwindcss()],
    define: { 'process.env.NODE_ENV': '"production"' },
    publicDir: false,
    resolve: {
      alias: {
        'react-dom/client': 'preact/compat/client',
        'react-dom': 'preact/compat',
        'react/jsx-runtime': 'preact/jsx-runtime',
        react: 'preact/compat',
      },
    },
    css: { postcss: { plugins: mode === 'app' ? [forShadowRoot('.supportbot')] : [] } },
    build: {
      emptyOutDir: false,
      lib: { entry, name, formats: ['iife'], fileName: () => file },
    },
  };
});
