/** For Slack, which reads `&`, `<` and `>` as its own (docs.slack.dev, "Formatting message text", escaping). */
export const escapeSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** For HTML, in text and in attributes with quotation marks. */
export const escapeHtml = (text: string): string =>
  escapeSlack(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;');

/**
 * For Markdown as Discord, GitHub and GitLab read it: what forms, links, or begins a list is taken by its word, and an
 * invisible space after `@` keeps it from calling anybody and after `#` and `!` from naming an issue or a merge request.
 */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\\*_~`|>#[\]()<!+-]/g, '\\$&')
    .replace(/@/g, '@\u200B')
    .replace(/#(?=\w)/g, '#\u200B')
    .replace(/:\/\//g, ':\u200B//');

/** For Jira's wiki markup, where a backslash takes the next character by its word. */
export const escapeWiki = (text: string): string => text.replace(/[\\*_?{}[\]()~^+!|#@-]/g, '\\$&');
