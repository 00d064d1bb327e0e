/** The statements that add confirmed readers `@from + 1` to `@from + @count` of a newsletter as they stand at `@at`. */
export const addReaders = [
  // A bound number arrives as a real one.
  `with recursive n (i) as (
     select cast(@from as integer) + 1 where @count > 0 union all select i + 1 from n where i < @from + @count)
   insert into subscribers (id, email, email_key, name, created_at, proven_at)
   select i, 'reader' || i || '@post.tld', 'reader' || i || '@post.tld', iif(i % 3, 'Reader ' || i, ''), @at, @at from n`,
  `insert into subscriptions (newsletter, subscriber, status, generation, since)
   select @newsletter, id, 'active', 1, @at from subscribers where id > @from and id <= @from + @count`,
  `insert into consents (newsletter, subscriber, generation, event, at, method)
   select @newsletter, id, 1, 'confirmed', @at, 'link' from subscribers where id > @from and id <= @from + @count`,
] as const;
