import type { z } from 'zod';
import type { ApiReply } from './api-call.ts';
import type { Asking, PageWish } from './asking.ts';
import type { PageView } from './pages.ts';
import {
  type HookFiringView,
  type ToolCallStateView,
  type ToolCallView,
  type ToolImportReply,
  type ToolView,
  hookFiringPageSchema,
  toolCallPageSchema,
  type toolDefinitionSchema,
  toolImportReplySchema,
  type toolImportRequestSchema,
  toolPageSchema,
  toolSchema,
} from './tools.ts';

/** Which calls of tools are wanted. */
export type ToolCallWish = {
  readonly task?: string | undefined;
  readonly track?: string | undefined;
  readonly tool?: string | undefined;
  readonly state?: ToolCallStateView | undefined;
} & PageWish;

/** Of what hooks said, what is wanted. */
export type HookFiringWish = {
  readonly task?: string | undefined;
  readonly track?: string | undefined;
} & PageWish;

/** An MCP server whose tools are to be registered, before its defaults are filled in. */
export type ToolImportInput = z.input<typeof toolImportRequestSchema>;

/** The operations on tools. */
export interface ToolCalls {
  tools(page: PageWish): Promise<ApiReply<PageView<ToolView>>>;
  tool(name: string, version: string): Promise<ApiReply<ToolView>>;
  addTool(tool: z.input<typeof toolDefinitionSchema>, by: string): Promise<ApiReply<ToolView>>;
  /** Registers the tools that an MCP server has now. */
  importTools(request: ToolImportInput): Promise<ApiReply<ToolImportReply>>;
  removeTool(name: string, version: string, by: string): Promise<ApiReply<ToolView>>;
  toolCalls(filter: ToolCallWish): Promise<ApiReply<PageView<ToolCallView>>>;
  hookFirings(filter: HookFiringWish): Promise<ApiReply<PageView<HookFiringView>>>;
}

/** The operations on tools, over whatever carries them. */
export const toolCalls = ({ get, post, change, queryOf }: Asking): ToolCalls => ({
  tools: (page) => get(toolPageSchema, `/api/v1/tools${queryOf({ ...page })}`),
  tool: (name, version) => get(toolSchema, toolPath(name, version)),
  addTool: (tool, by) => post(toolSchema, '/tools', { tool, by }),
  importTools: (request) => post(toolImportReplySchema, '/tools/imports', request),
  removeTool: (name, version, by) =>
    change(toolSchema, 'DELETE', `${toolPath(name, version)}${queryOf({ by })}`),
  toolCalls: (filter) => get(toolCallPageSchema, `/api/v1/tool-calls${queryOf({ ...filter })}`),
  hookFirings: (filter) => get(hookFiringPageSchema, `/api/v1/hook-firings${queryOf({ ...filter })}`),
});

const toolPath = (name: string, version: string): string =>
  `/api/v1/tools/${encodeURIComponent(name)}/${encodeURIComponent(version)}`;
