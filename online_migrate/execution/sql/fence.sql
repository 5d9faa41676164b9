SELECT epoch FROM online_migrate.lease WHERE epoch = %(epoch)s FOR KEY SHARE
