//! The ids of tasks and what is around them.

use crate::id;

id!(
    /// Who does things together.
    TeamId
);
id!(
    /// Lists that belong together.
    SpaceId
);
id!(
    /// A list of tasks.
    ListId
);
id!(
    /// How far a task of a list has come: a column of its board.
    StatusId
);
id!(
    /// A part of a list.
    SectionId
);
id!(
    /// A label.
    LabelId
);
id!(
    /// A task.
    TaskId
);
id!(
    /// A line of a task's checklist.
    CheckId
);
id!(
    /// What somebody did at once.
    ActId
);
id!(
    /// A field of a list's own.
    FieldId
);
id!(
    /// A comment.
    CommentId
);
id!(
    /// Something that somebody is told.
    NoticeId
);
id!(
    /// A file at a task.
    FileId
);
id!(
    /// A template.
    TemplateId
);
id!(
    /// A template that was started.
    RunId
);
id!(
    /// What starts a template by itself.
    TriggerId
);
id!(
    /// A task that repeats.
    SeriesId
);
id!(
    /// A filter that is kept.
    FilterId
);
id!(
    /// A list that is shown to who has its link.
    ShareId
);
id!(
    /// Days in somebody's own calendar.
    FeedId
);
id!(
    /// A file from elsewhere that is taken over.
    ImportId
);
