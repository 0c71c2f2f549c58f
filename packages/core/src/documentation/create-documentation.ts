import type { Documentation } from '../pipeline/handle/documentation.js';
import { createDocumentationPage } from './documentation-page.js';
import type { DocumentedInterface } from './openapi-document.js';

/** Writes the whole documentation of an interface. What writes it is loaded here: a server without documentation starts faster. */
export async function createDocumentation(described: DocumentedInterface): Promise<Documentation> {
  const { createOpenApiDocument } = await import('./openapi-document.js');
  const openApi = createOpenApiDocument(described);
  const title = `agentflow ${described.version}`;
  const { routes } = described;
  return {
    openApi,
    docs: createDocumentationPage(routes, openApi, { title, open: false }),
    redocs: createDocumentationPage(routes, openApi, { title, open: true }),
  };
}
