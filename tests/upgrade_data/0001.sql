-- What a server at this revision has kept for two users, and for one who is gone.

INSERT INTO events (
  id, project_id, ticket_id, type, data, user_id, tab_id, created_at
) VALUES
  (24, '01M87JK67XTD7H4H03NRXW179N', '01M87JK6A345MCTA24EJ9R7TWF', 'link.created', '{"id":"01M87JK6D4T4QPPZHK49W1H8VY","linkType":"relates_to","ticket":{"id":"01M87JK6AN40GBF5JWX4Z854TF","key":"APO-2","title":"The fuel tank leaks badly","type":"Bug"}}', '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, '2026-11-20T14:10:00.000Z'),
  (25, '01M87JK67XTD7H4H03NRXW179N', '01M87JK6AN40GBF5JWX4Z854TF', 'attachment.created', '{"id":"01M87JK6DD4YKPCS2SGF4C10RE","filename":"numbers.csv","mimeType":"text/csv","size":8,"url":"/api/projects/01M87JK67XTD7H4H03NRXW179N/tickets/01M87JK6AN40GBF5JWX4Z854TF/attachments/01M87JK6DD4YKPCS2SGF4C10RE/content","uploader":{"id":"01M87JK6493DKZ2CJJ2K5RB1XD","username":"ada","name":"Ada Lovelace","avatar":null},"createdAt":"2026-11-20T14:20:00.000Z"}', '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, '2026-11-20T14:20:00.000Z'),
  (26, '01M87JK67XTD7H4H03NRXW179N', '01M87JK6AN40GBF5JWX4Z854TF', 'ticket.updated', '{"id":"01M87JK6AN40GBF5JWX4Z854TF","number":2,"key":"APO-2","projectId":"01M87JK67XTD7H4H03NRXW179N","title":"The fuel tank leaks badly","description":"Ölfleck","type":"Bug","priority":"Critical","columnId":"01M87JK67YZ7RX52AB00SKG37S","column":{"id":"01M87JK67YZ7RX52AB00SKG37S","name":"To Do"},"order":0,"assigneeId":"01M87JK66ZG02RGGT7V44D3HN3","assignee":{"id":"01M87JK66ZG02RGGT7V44D3HN3","username":"cyd","name":"cyd","avatar":null},"creatorId":"01M87JK65PJHEH9RGQJ3P8E1WB","creator":{"id":"01M87JK65PJHEH9RGQJ3P8E1WB","username":"bob","name":"Bo Öst","avatar":null},"sprintId":"01M87JK69SV1C4K1F0331JVMM2","sprint":{"id":"01M87JK69SV1C4K1F0331JVMM2","name":"Second","status":"planning"},"parentId":"01M87JK6A345MCTA24EJ9R7TWF","parent":{"id":"01M87JK6A345MCTA24EJ9R7TWF","key":"APO-1","title":"Build a rocket","type":"Epic"},"storyPoints":3,"estimate":null,"startDate":null,"dueDate":null,"environment":null,"affectedVersion":null,"fixVersion":null,"resolution":null,"labels":[{"id":"01M87JK698TJYG943JJMF21P7J","name":"Bug","color":"#ff0000"}],"watchers":[],"isCarriedOver":true,"carriedFromSprintId":"01M87JK69K45K9RW94FCP7BN6B","carriedOverCount":1,"commentCount":2,"attachmentCount":1,"subtaskCount":1,"createdAt":"2026-11-20T12:00:00.000Z","updatedAt":"2026-11-20T14:30:00.000Z"}', '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, '2026-11-20T14:30:00.000Z'),
  (27, '01M87JK67XTD7H4H03NRXW179N', NULL, 'sprint.completed', '{"id":"01M87JK69K45K9RW94FCP7BN6B","name":"Sprint 1","goal":"Lift off","startDate":"2026-11-20T12:50:00.000Z","endDate":"2026-12-04T12:50:00.000Z","status":"completed","projectId":"01M87JK67XTD7H4H03NRXW179N","ticketCount":2,"completedAt":"2026-11-20T14:30:00.000Z","completedTicketCount":1,"incompleteTicketCount":1,"completedStoryPoints":8,"incompleteStoryPoints":3,"createdAt":"2026-11-20T11:30:00.000Z","updatedAt":"2026-11-20T14:30:00.000Z"}', '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, '2026-11-20T14:30:00.000Z'),
  (28, '01M87JK67XTD7H4H03NRXW179N', NULL, 'sprint.started', '{"id":"01M87JK69SV1C4K1F0331JVMM2","name":"Second","goal":null,"startDate":"2026-11-20T14:40:00.000Z","endDate":"2026-12-04T14:40:00.000Z","status":"active","projectId":"01M87JK67XTD7H4H03NRXW179N","ticketCount":1,"completedAt":null,"completedTicketCount":0,"incompleteTicketCount":1,"completedStoryPoints":0,"incompleteStoryPoints":3,"createdAt":"2026-11-20T11:40:00.000Z","updatedAt":"2026-11-20T14:40:00.000Z"}', '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, '2026-11-20T14:40:00.000Z'),
  (29, '01M87JK67XTD7H4H03NRXW179N', NULL, 'member.deleted', '{"id":"01M87JK68QGA03S9C39HB6ART5"}', '01M87JK66ZG02RGGT7V44D3HN3', NULL, '2026-11-20T15:00:00.000Z'),
  (30, NULL, NULL, 'project.deleted', '{"id":"01M87JK67XTD7H4H03NRXW179N"}', '01M87JK66ZG02RGGT7V44D3HN3', NULL, '2026-11-20T15:00:00.000Z'),
  (31, NULL, NULL, 'access.ended', '{"user_id":"01M87JK66ZG02RGGT7V44D3HN3","project_id":"01M87JK67XTD7H4H03NRXW179N"}', NULL, NULL, '2026-11-20T15:00:00.000Z'),
  (32, NULL, NULL, 'access.ended', '{"user_id":"01M87JK66ZG02RGGT7V44D3HN3"}', NULL, NULL, '2026-11-20T15:00:00.000Z'),
  (33, NULL, NULL, 'user.updated', '{"id":"01M87JK65PJHEH9RGQJ3P8E1WB","username":"bob","name":"Bob Öst","avatar":null}', '01M87JK65PJHEH9RGQJ3P8E1WB', NULL, '2026-11-20T15:20:00.000Z');

INSERT INTO projects (
  id, key, name, description, color, last_number, revision, default_sprint_duration, auto_carry_over_incomplete, created_at, updated_at
) VALUES
  ('01M87JK67XTD7H4H03NRXW179N', 'APO', 'Apollo', 'To the Moon 🚀', '#123456', 5, 33, 2, 1, '2026-11-20T10:10:00.000Z', '2026-11-20T10:10:00.000Z'),
  ('01M87JK688H0Y3XT1CQNYZB6JB', 'EMPTY', 'Empty', NULL, '#16A34A', 0, 33, 2, 1, '2026-11-20T10:20:00.000Z', '2026-11-20T10:20:00.000Z');

INSERT INTO users (
  id, username, username_key, email, email_key, name, avatar, password_hash, is_system_admin, disabled_at, created_at
) VALUES
  ('01M87JK6493DKZ2CJJ2K5RB1XD', 'ada', 'ada', 'Ada@example.com', 'ada@example.com', 'Ada Lovelace', NULL, '$argon2id$v=19$m=19456,t=2,p=1$0DwbC0u5JqJzn9EWqff7Kg$10k1vjNpSDAKxBYdQ3wfBC/fjhiC3JJfAdMaJXxxZbw', 1, NULL, '2026-11-20T09:10:00.000Z'),
  ('01M87JK65PJHEH9RGQJ3P8E1WB', 'bob', 'bob', NULL, NULL, 'Bob Öst', NULL, '$argon2id$v=19$m=19456,t=2,p=1$9AStu7xHKKuoc4qNYOTkqg$Xm40pCvb6GCcdhN49SjBodpmlcwfi5NuukfhZcvuKww', 0, NULL, '2026-11-20T09:30:00.000Z');

INSERT INTO columns (
  id, project_id, name, position, color, wip_limit, is_done
) VALUES
  ('01M87JK67YZ7RX52AB00SKG37S', '01M87JK67XTD7H4H03NRXW179N', 'To Do', 0, NULL, NULL, 0),
  ('01M87JK67YZ7RX52AB00SKG37T', '01M87JK67XTD7H4H03NRXW179N', 'In Progress', 1, '#abcdef', 3, 0),
  ('01M87JK67YZ7RX52AB00SKG37V', '01M87JK67XTD7H4H03NRXW179N', 'Done', 2, NULL, NULL, 0),
  ('01M87JK6890WAGC3N01CTX27GE', '01M87JK688H0Y3XT1CQNYZB6JB', 'To Do', 0, NULL, NULL, 0),
  ('01M87JK6890WAGC3N01CTX27GF', '01M87JK688H0Y3XT1CQNYZB6JB', 'In Progress', 1, NULL, NULL, 0),
  ('01M87JK6890WAGC3N01CTX27GG', '01M87JK688H0Y3XT1CQNYZB6JB', 'Done', 2, NULL, NULL, 0);

INSERT INTO event_recipients (
  user_id, event_id
) VALUES
  ('01M87JK6493DKZ2CJJ2K5RB1XD', 33),
  ('01M87JK65PJHEH9RGQJ3P8E1WB', 33);

INSERT INTO idempotency_keys (
  user_id, key, fingerprint, status, body, created_at
) VALUES
  ('01M87JK6493DKZ2CJJ2K5RB1XD', 'a-script-s-own-key', '107c68c4af1772972d11044dabfd310ccf4c70e057009f3d6c8f63cf8ab30d46', 201, '{"id":"01M87JK6B79S2BPS4GJE9S185P","number":5,"key":"APO-5","projectId":"01M87JK67XTD7H4H03NRXW179N","title":"Filed by a script","description":null,"type":"Subtask","priority":"Medium","columnId":"01M87JK67YZ7RX52AB00SKG37S","column":{"id":"01M87JK67YZ7RX52AB00SKG37S","name":"To Do"},"order":4,"assigneeId":null,"assignee":null,"creatorId":"01M87JK6493DKZ2CJJ2K5RB1XD","creator":{"id":"01M87JK6493DKZ2CJJ2K5RB1XD","username":"ada","name":"Ada Lovelace","avatar":null},"sprintId":null,"sprint":null,"parentId":"01M87JK6AN40GBF5JWX4Z854TF","parent":{"id":"01M87JK6AN40GBF5JWX4Z854TF","key":"APO-2","title":"The fuel tank leaks","type":"Bug"},"storyPoints":null,"estimate":null,"startDate":null,"dueDate":null,"environment":null,"affectedVersion":null,"fixVersion":null,"resolution":null,"labels":[],"watchers":[],"isCarriedOver":false,"carriedFromSprintId":null,"carriedOverCount":0,"commentCount":0,"attachmentCount":0,"subtaskCount":0,"createdAt":"2026-11-20T12:30:00.000Z","updatedAt":"2026-11-20T12:30:00.000Z"}', '2026-11-20T12:30:00.000Z');

INSERT INTO labels (
  id, project_id, name, name_key, color
) VALUES
  ('01M87JK698TJYG943JJMF21P7J', '01M87JK67XTD7H4H03NRXW179N', 'Bug', 'bug', '#ff0000'),
  ('01M87JK69DR7ZZ90830877FBPJ', '01M87JK67XTD7H4H03NRXW179N', 'Über UI', 'über ui', '#16A34A');

INSERT INTO members (
  id, project_id, user_id, role, created_at
) VALUES
  ('01M87JK67YZ7RX52AB00SKG37W', '01M87JK67XTD7H4H03NRXW179N', '01M87JK6493DKZ2CJJ2K5RB1XD', 3, '2026-11-20T10:10:00.000Z'),
  ('01M87JK6890WAGC3N01CTX27GH', '01M87JK688H0Y3XT1CQNYZB6JB', '01M87JK6493DKZ2CJJ2K5RB1XD', 3, '2026-11-20T10:20:00.000Z'),
  ('01M87JK68HR39F3GNFB1QW3MSZ', '01M87JK67XTD7H4H03NRXW179N', '01M87JK65PJHEH9RGQJ3P8E1WB', 2, '2026-11-20T10:30:00.000Z');

INSERT INTO sessions (
  id, user_id, secret_hash, user_agent, ip, created_at, last_used_at, expires
) VALUES
  ('01M87JK652ZSMAJGSRVYNJ2KWB', '01M87JK6493DKZ2CJJ2K5RB1XD', '17d8d7b1108350c3b9aed64d4fa6656ab27cb3b9de9cf90ebc0ec02ad7e41581', 'Werkzeug/3.1.9', '127.0.0.1', '2026-11-20T09:20:00.000Z', '2026-11-20T14:50:00.000Z', '2026-12-20T14:50:00.000Z'),
  ('01M87JK66B6RMGXXJBJ48QS08K', '01M87JK65PJHEH9RGQJ3P8E1WB', 'ed148713024e886c46773ac7e9f555b8d76176639dbbdb443ee6c992d4680ece', 'Werkzeug/3.1.9', '127.0.0.1', '2026-11-20T09:40:00.000Z', '2026-11-20T15:20:00.000Z', '2026-12-20T15:20:00.000Z');

INSERT INTO sprints (
  id, project_id, name, goal, status, start_date, end_date, completed_at, completed_ticket_count, incomplete_ticket_count, completed_story_points, incomplete_story_points, created_at, updated_at
) VALUES
  ('01M87JK69K45K9RW94FCP7BN6B', '01M87JK67XTD7H4H03NRXW179N', 'Sprint 1', 'Lift off', 2, '2026-11-20T12:50:00.000Z', '2026-12-04T12:50:00.000Z', '2026-11-20T14:30:00.000Z', 1, 1, 8, 3, '2026-11-20T11:30:00.000Z', '2026-11-20T14:30:00.000Z'),
  ('01M87JK69SV1C4K1F0331JVMM2', '01M87JK67XTD7H4H03NRXW179N', 'Second', NULL, 1, '2026-11-20T14:40:00.000Z', '2026-12-04T14:40:00.000Z', NULL, NULL, NULL, NULL, NULL, '2026-11-20T11:40:00.000Z', '2026-11-20T14:40:00.000Z');

INSERT INTO tokens (
  id, user_id, name, scope, secret_hash, created_at, last_used_at, expires_at
) VALUES
  ('01M87JK6E6T10TAHS442C0ZFXV', '01M87JK6493DKZ2CJJ2K5RB1XD', 'cron', 'read', '029a41f8fbceab43e69c9b6c2dee1227ba8d881c1b73820b799ea7e40f2d5d80', '2026-11-20T14:50:00.000Z', NULL, NULL),
  ('01M87JK6FAVE4YEP73RWP0R4YT', '01M87JK65PJHEH9RGQJ3P8E1WB', 'script', 'write', '2995cd59305b0c088fb7478319cafb2453936b81d7ed249725e01f344c5c29d1', '2026-11-20T15:10:00.000Z', NULL, NULL);

INSERT INTO tickets (
  id, project_id, number, title, description, search_text, type, priority, column_id, position, creator_id, assignee_id, sprint_id, parent_id, story_points, estimate, start_date, due_date, environment, affected_version, fix_version, resolution, is_carried_over, carried_from_sprint_id, carried_over_count, revision, created_at, updated_at
) VALUES
  ('01M87JK6A345MCTA24EJ9R7TWF', '01M87JK67XTD7H4H03NRXW179N', 1, 'Build a rocket', 'It *must* fly.', 'build a rocket
it *must* fly.', 4, 2, '01M87JK67YZ7RX52AB00SKG37V', 0, '01M87JK6493DKZ2CJJ2K5RB1XD', '01M87JK6493DKZ2CJJ2K5RB1XD', '01M87JK69K45K9RW94FCP7BN6B', NULL, 8, '1d 4h', '2026-11-21T00:00:00.000Z', '2026-12-24T00:00:00.000Z', 'prod', '1', '2', 'Done', 0, NULL, 0, 19, '2026-11-20T11:50:00.000Z', '2026-11-20T13:00:00.000Z'),
  ('01M87JK6AN40GBF5JWX4Z854TF', '01M87JK67XTD7H4H03NRXW179N', 2, 'The fuel tank leaks badly', 'Ölfleck', 'the fuel tank leaks badly
ölfleck', 1, 0, '01M87JK67YZ7RX52AB00SKG37S', 0, '01M87JK65PJHEH9RGQJ3P8E1WB', NULL, '01M87JK69SV1C4K1F0331JVMM2', '01M87JK6A345MCTA24EJ9R7TWF', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 1, '01M87JK69K45K9RW94FCP7BN6B', 1, 26, '2026-11-20T12:00:00.000Z', '2026-11-20T14:30:00.000Z'),
  ('01M87JK6AVDPQH5XEGXXYPJ2P2', '01M87JK67XTD7H4H03NRXW179N', 3, 'Find the Moon: 100% of it, ünder_the "stars"', NULL, 'find the moon: 100% of it, ünder_the "stars"', 2, 5, '01M87JK67YZ7RX52AB00SKG37S', 1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 14, '2026-11-20T12:10:00.000Z', '2026-11-20T12:10:00.000Z'),
  ('01M87JK6B79S2BPS4GJE9S185P', '01M87JK67XTD7H4H03NRXW179N', 5, 'Filed by a script', NULL, 'filed by a script', 3, 3, '01M87JK67YZ7RX52AB00SKG37S', 2, '01M87JK6493DKZ2CJJ2K5RB1XD', NULL, NULL, '01M87JK6AN40GBF5JWX4Z854TF', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, 16, '2026-11-20T12:30:00.000Z', '2026-11-20T12:30:00.000Z');

INSERT INTO attachments (
  id, ticket_id, uploader_id, filename, mime_type, size, created_at
) VALUES
  ('01M87JK6DD4YKPCS2SGF4C10RE', '01M87JK6AN40GBF5JWX4Z854TF', '01M87JK6493DKZ2CJJ2K5RB1XD', 'numbers.csv', 'text/csv', 8, '2026-11-20T14:20:00.000Z');

INSERT INTO comments (
  id, ticket_id, author_id, content, created_at, updated_at
) VALUES
  ('01M87JK6CD6M545T5BSK9DREJR', '01M87JK6AN40GBF5JWX4Z854TF', '01M87JK65PJHEH9RGQJ3P8E1WB', 'Seen by bo', '2026-11-20T13:20:00.000Z', '2026-11-20T13:20:00.000Z'),
  ('01M87JK6CJ1MP0HC9RK51W5KZW', '01M87JK6AN40GBF5JWX4Z854TF', NULL, 'Seen by cy', '2026-11-20T13:30:00.000Z', '2026-11-20T13:30:00.000Z');

INSERT INTO links (
  id, source_id, target_id, link_type, created_at
) VALUES
  ('01M87JK6CWEN7YKE2K1PDA90CS', '01M87JK6AN40GBF5JWX4Z854TF', '01M87JK6AVDPQH5XEGXXYPJ2P2', 'blocks', '2026-11-20T13:50:00.000Z'),
  ('01M87JK6D4T4QPPZHK49W1H8VY', '01M87JK6A345MCTA24EJ9R7TWF', '01M87JK6AN40GBF5JWX4Z854TF', 'relates_to', '2026-11-20T14:10:00.000Z');

INSERT INTO sprint_entries (
  id, sprint_id, ticket_id, entry_type, entered_at, exited_at, exit_status
) VALUES
  ('01M87JK6A6K7QF9RCYWCV72418', '01M87JK69K45K9RW94FCP7BN6B', '01M87JK6A345MCTA24EJ9R7TWF', 'added', '2026-11-20T11:50:00.000Z', '2026-11-20T14:30:00.000Z', 'completed'),
  ('01M87JK6APRBZ1WAX2T9GBX5ZA', '01M87JK69K45K9RW94FCP7BN6B', '01M87JK6AN40GBF5JWX4Z854TF', 'added', '2026-11-20T12:00:00.000Z', '2026-11-20T14:30:00.000Z', 'carried_over'),
  ('01M87JK6DTXQEXCQ2Z2BQGSS6J', '01M87JK69SV1C4K1F0331JVMM2', '01M87JK6AN40GBF5JWX4Z854TF', 'carried_over', '2026-11-20T14:30:00.000Z', NULL, NULL);

INSERT INTO ticket_changes (
  id, ticket_id, field, old_value, new_value, user_id, created_at
) VALUES
  ('01M87JK6C2W6HAXD18MDB11FM9', '01M87JK6A345MCTA24EJ9R7TWF', 'resolution', 'null', '"Done"', '01M87JK65PJHEH9RGQJ3P8E1WB', '2026-11-20T13:00:00.000Z'),
  ('01M87JK6C2W6HAXD18MDB11FMA', '01M87JK6A345MCTA24EJ9R7TWF', 'columnId', '"To Do"', '"Done"', '01M87JK65PJHEH9RGQJ3P8E1WB', '2026-11-20T13:00:00.000Z'),
  ('01M87JK6C83MJ0V9CK35JXAX1V', '01M87JK6AN40GBF5JWX4Z854TF', 'title', '"The fuel tank leaks"', '"The fuel tank leaks badly"', '01M87JK65PJHEH9RGQJ3P8E1WB', '2026-11-20T13:10:00.000Z'),
  ('01M87JK6C9EF14GN71CE94SJDW', '01M87JK6AN40GBF5JWX4Z854TF', 'description', 'null', '"Ölfleck"', '01M87JK65PJHEH9RGQJ3P8E1WB', '2026-11-20T13:10:00.000Z'),
  ('01M87JK6DVWMGCR4070H8CHFTB', '01M87JK6AN40GBF5JWX4Z854TF', 'sprintId', '"Sprint 1"', '"Second"', '01M87JK6493DKZ2CJJ2K5RB1XD', '2026-11-20T14:30:00.000Z');

INSERT INTO ticket_labels (
  ticket_id, label_id
) VALUES
  ('01M87JK6A345MCTA24EJ9R7TWF', '01M87JK698TJYG943JJMF21P7J'),
  ('01M87JK6A345MCTA24EJ9R7TWF', '01M87JK69DR7ZZ90830877FBPJ'),
  ('01M87JK6AN40GBF5JWX4Z854TF', '01M87JK698TJYG943JJMF21P7J');

INSERT INTO ticket_watchers (
  ticket_id, user_id
) VALUES
  ('01M87JK6A345MCTA24EJ9R7TWF', '01M87JK65PJHEH9RGQJ3P8E1WB');
