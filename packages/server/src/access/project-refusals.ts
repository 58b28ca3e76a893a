import { notFound, refusedWith } from '../rollouts/problems.ts';

/** None of this name. */
export const unknownProject = (project: string) =>
  notFound(
    `The project ${project}`,
    `\`sluice projects list\` shows all, and \`sluice projects add ${project}\` makes it.`,
  );

/** The project that is always there. */
export const defaultProject = () =>
  refusedWith(422, 'default-project', {
    title: 'The default project stays',
    detail: 'The project default holds every application that is in no other, and is always there.',
    remedy: 'Put its applications into other projects: `sluice projects move`.',
  });

/** Something is still in it. */
export const projectInUse = (project: string, applications: readonly string[]) =>
  refusedWith(409, 'project-in-use', {
    title: 'Project in use',
    detail: `The project ${project} holds ${applications.join(', ')}.`,
    remedy: 'Put them into another project first: `sluice projects move APPLICATION PROJECT`.',
  });

/** An application goes from one project to another: rights in both. */
export const mayNotMove = (reason: string) =>
  refusedWith(403, 'forbidden', {
    title: 'Forbidden',
    detail: `${reason}.`,
    remedy:
      'Moving an application needs delivery:release in all environments of both projects, or access:manage.',
  });

/** A file says one project, and the application is in another. */
export const inOtherProject = (application: string, present: string, wanted: string) =>
  refusedWith(409, 'in-other-project', {
    title: 'In another project',
    detail: `The file puts ${application} into the project ${wanted}, and it is in the project ${present}.`,
    remedy: `Correct \`project\` in the file, or move it: \`sluice projects move ${application} ${wanted}\`. Nothing was changed.`,
  });

/** A new application comes into a project with its first release. */
export const mayNotBring = (application: string, reason: string) =>
  refusedWith(403, 'forbidden', {
    title: 'Forbidden',
    detail: `${reason}, into which the first release of ${application} would put it.`,
    remedy: 'Ask somebody with the role admin for it; `sluice can-i` says what you may do.',
  });
