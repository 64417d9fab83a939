"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.core.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('messaging', '0001_mail'),
        ('messaging', '0002_bcc_sent_folder_bounced'),
        ('messaging', '0003_message_paper'),
    ]

    initial = True

    dependencies = [
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('address', models.EmailField(max_length=254, verbose_name='Address')),
                ('is_shared', models.BooleanField(blank=True, default=True, verbose_name='Everybody may send from it')),
                ('username', models.CharField(blank=True, help_text='Empty: the address.', max_length=254, verbose_name='User name')),
                ('smtp_host', models.CharField(max_length=253, verbose_name='Server for sending (SMTP)')),
                ('smtp_port', models.PositiveIntegerField(blank=True, default=465, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(65535)], verbose_name='Port for sending')),
                ('smtp_security', models.CharField(blank=True, choices=[('tls', 'TLS from the beginning'), ('starttls', 'STARTTLS'), ('none', 'None: only on a network of your own')], default='tls', max_length=8, verbose_name='Security for sending')),
                ('imap_host', models.CharField(blank=True, help_text='Empty: mail comes by forwarding only.', max_length=253, verbose_name='Server for fetching (IMAP)')),
                ('imap_port', models.PositiveIntegerField(blank=True, default=993, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(65535)], verbose_name='Port for fetching')),
                ('imap_security', models.CharField(blank=True, choices=[('tls', 'TLS from the beginning'), ('starttls', 'STARTTLS'), ('none', 'None: only on a network of your own')], default='tls', max_length=8, verbose_name='Security for fetching')),
                ('imap_folder', models.CharField(blank=True, default='INBOX', max_length=120, verbose_name='Folder')),
                ('sent_folder', models.CharField(blank=True, help_text="Empty: the server's own is found by itself.", max_length=120, verbose_name='Folder for sent mail')),
                ('keeps', models.CharField(blank=True, choices=[('all', 'All mail'), ('known', 'Only mail with people who are known here')], default='all', max_length=5, verbose_name='Keeps')),
                ('signature', models.TextField(blank=True, verbose_name='Signature')),
                ('state', models.CharField(choices=[('new', 'Needs its password'), ('checking', 'Being checked'), ('working', 'Working'), ('failing', 'Does not work')], default='new', editable=False, max_length=8, verbose_name='State')),
                ('error', models.CharField(blank=True, editable=False, max_length=300, verbose_name='What is wrong')),
                ('polled_at', models.DateTimeField(editable=False, null=True, verbose_name='Last fetched')),
                ('uid_validity', models.BigIntegerField(editable=False, null=True)),
                ('uid_last', models.BigIntegerField(default=0, editable=False)),
                ('generation', models.PositiveSmallIntegerField(default=1, editable=False)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Mailbox',
                'verbose_name_plural': 'Mailboxes',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='mailbox_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['name_key', 'id'], name='mailbox_name_key_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='mailbox_created_at_s')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('address',), name='mailbox_address_live')],
            },
        ),
        migrations.CreateModel(
            name='MailboxSecret',
            fields=[
                ('mailbox', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='secret', serialize=False, to='messaging.mailbox')),
                ('sealed', models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name='Suppression',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('address', models.EmailField(max_length=254, verbose_name='Address')),
                ('reason', models.CharField(blank=True, choices=[('asked', 'They asked for it'), ('bounced', 'Mail comes back'), ('complained', 'They complained')], default='asked', max_length=10, verbose_name='Reason')),
                ('remark', models.CharField(blank=True, max_length=300, verbose_name='Remark')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Address without mail',
                'verbose_name_plural': 'Addresses without mail',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='suppression_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='suppression_created_at_s')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('deleted_at__isnull', True)), fields=('address',), name='suppression_address_live')],
            },
        ),
        migrations.CreateModel(
            name='Template',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='Subject')),
                ('text', models.TextField(help_text="{name} stands for the record's name, {email} for its address.", verbose_name='Text')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Mail template',
                'verbose_name_plural': 'Mail templates',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='template_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['name_key', 'id'], name='template_name_key_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='template_created_at_s')],
            },
        ),
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('subject', models.CharField(max_length=300, verbose_name='Subject')),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('state', models.CharField(choices=[('waiting', 'Waits for us'), ('answered', 'Answered'), ('closed', 'Closed')], default='answered', editable=False, max_length=8, verbose_name='State')),
                ('last_at', models.DateTimeField(editable=False, null=True, verbose_name='Last message')),
                ('messages_count', models.PositiveIntegerField(default=0, editable=False, verbose_name='Messages')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Mail thread',
                'verbose_name_plural': 'Mail threads',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='thread_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='thread_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['last_at', 'id'], name='thread_last_at_s'), models.Index(fields=['object_id', 'last_at'], name='thread_object')],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('subject', models.CharField(blank=True, max_length=300, verbose_name='Subject')),
                ('to', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=320), blank=True, default=list, size=None, verbose_name='To')),
                ('cc', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=320), blank=True, default=list, size=None, verbose_name='Cc')),
                ('bcc', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=320), blank=True, default=list, help_text='They get it, too; the others do not see that.', size=None, verbose_name='Bcc')),
                ('text', models.TextField(blank=True, verbose_name='Text')),
                ('has_paper', models.BooleanField(blank=True, db_default=False, default=False, help_text="The record's paper goes along as a PDF; {link} in the text becomes the link to it.", verbose_name='With the paper')),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('direction', models.CharField(choices=[('out', 'Sent by us'), ('in', 'Received')], default='out', editable=False, max_length=3, verbose_name='Direction')),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('queued', 'Waiting'), ('sending', 'Being sent'), ('sent', 'Sent'), ('bounced', 'Came back'), ('failed', 'Not sent'), ('received', 'Received')], default='draft', editable=False, max_length=8, verbose_name='State')),
                ('sender', models.CharField(blank=True, editable=False, max_length=320, verbose_name='Sender')),
                ('sent_at', models.DateTimeField(editable=False, null=True, verbose_name='When')),
                ('error', models.CharField(blank=True, editable=False, max_length=500, verbose_name='What is wrong')),
                ('html', models.TextField(blank=True, editable=False)),
                ('message_id', models.CharField(editable=False, max_length=255, null=True)),
                ('references', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=255), default=list, editable=False, size=None)),
                ('addresses', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), default=list, editable=False, size=None)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('mailbox', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.mailbox', verbose_name='From')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
                ('reply_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.message', verbose_name='Answers')),
                ('template', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='messaging.template', verbose_name='Mail template')),
                ('thread', models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='messaging.thread', verbose_name='Mail thread')),
            ],
            options={
                'verbose_name': 'E-mail',
                'verbose_name_plural': 'E-mails',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='message_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='message_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['sent_at', 'id'], name='message_sent_at_s'), models.Index(fields=['object_id', 'sent_at'], name='message_object'), models.Index(fields=['thread', 'sent_at'], name='message_thread'), django.contrib.postgres.indexes.GinIndex(fields=['addresses'], name='message_addresses'), django.contrib.postgres.indexes.GinIndex(fields=['references'], name='message_references')],
                'constraints': [models.UniqueConstraint(fields=('message_id',), name='message_id_once')],
            },
        ),
    ]
