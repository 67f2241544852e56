-- What became of the letter with an invitation is looked up by the address that it went to.
CREATE INDEX mails_of_invitations ON mails (recipient, created_at, id) WHERE kind = 'people.invited';
