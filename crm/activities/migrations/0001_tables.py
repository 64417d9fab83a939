"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.core.fields
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('activities', '0001_initial'),
        ('activities', '0002_call_meeting'),
        ('activities', '0003_file'),
        ('activities', '0004_calendar_reminders'),
    ]

    initial = True

    dependencies = [
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarFeed',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('generation', models.PositiveSmallIntegerField(default=1)),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='File',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('name', models.CharField(max_length=200, verbose_name='Name')),
                ('name_key', models.CharField(blank=True, editable=False, max_length=200)),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('content_type', models.CharField(blank=True, editable=False, max_length=100, verbose_name='Type')),
                ('size', models.PositiveBigIntegerField(default=0, editable=False, verbose_name='Bytes')),
                ('sha256', models.CharField(blank=True, editable=False, max_length=64)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'File',
                'verbose_name_plural': 'Files',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='file_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['name_key', 'id'], name='file_name_key_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='file_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['size', 'id'], name='file_size_s'), models.Index(fields=['object_id', 'created_at'], name='file_object')],
            },
        ),
        migrations.CreateModel(
            name='FilePiece',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('position', models.PositiveIntegerField()),
                ('data', models.BinaryField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pieces', to='activities.file')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('file', 'position'), name='file_piece_once')],
            },
        ),
        migrations.CreateModel(
            name='Meeting',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('title', models.CharField(max_length=200, verbose_name='Title')),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('starts_at', models.DateTimeField(verbose_name='Begins')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='Ends')),
                ('remind_minutes', models.PositiveIntegerField(blank=True, default=15, null=True, validators=[django.core.validators.MaxValueValidator(40320)], verbose_name='Reminder, minutes before')),
                ('place', models.CharField(blank=True, max_length=300, verbose_name='Place')),
                ('attendees', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=254), blank=True, default=list, help_text='E-mail addresses or names, with commas between. It is shown at everyone who has the address.', size=None, verbose_name='Attendees')),
                ('status', models.CharField(choices=[('planned', 'Planned'), ('held', 'Held'), ('missed', 'Nobody came'), ('cancelled', 'Cancelled')], default='planned', editable=False, max_length=10, verbose_name='Status')),
                ('notes', models.TextField(blank=True, verbose_name='Agenda')),
                ('outcome', models.TextField(blank=True, verbose_name='What came of it')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Meeting',
                'verbose_name_plural': 'Meetings',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='meeting_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='meeting_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['starts_at', 'id'], name='meeting_starts_at_s'), models.Index(fields=['object_id', 'starts_at'], name='meeting_object'), django.contrib.postgres.indexes.GinIndex(condition=models.Q(('deleted_at__isnull', True)), fields=['attendees'], name='meeting_attendees')],
            },
        ),
        migrations.CreateModel(
            name='Note',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('body', models.TextField(verbose_name='Text')),
                ('is_pinned', models.BooleanField(blank=True, default=False, verbose_name='Pinned')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Note',
                'verbose_name_plural': 'Notes',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='note_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='note_created_at_s'), models.Index(fields=['object_id', 'created_at'], name='note_object')],
            },
        ),
        migrations.CreateModel(
            name='Task',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('title', models.CharField(max_length=200, verbose_name='Title')),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='Due')),
                ('remind_minutes', models.PositiveIntegerField(blank=True, default=0, null=True, validators=[django.core.validators.MaxValueValidator(40320)], verbose_name='Reminder, minutes before')),
                ('status', models.CharField(choices=[('open', 'To do'), ('done', 'Done')], default='open', editable=False, max_length=10, verbose_name='Status')),
                ('done_at', models.DateTimeField(editable=False, null=True, verbose_name='Done at')),
                ('priority', models.CharField(blank=True, choices=[('low', 'Low'), ('normal', 'Normal'), ('high', 'High')], default='normal', max_length=10, verbose_name='Priority')),
                ('notes', models.TextField(blank=True, verbose_name='Notes')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Task',
                'verbose_name_plural': 'Tasks',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='task_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='task_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['due_at', 'id'], name='task_due_at_s'), models.Index(fields=['object_id', 'created_at'], name='task_object')],
            },
        ),
        migrations.CreateModel(
            name='Call',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False, verbose_name='Version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Created')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='Changed')),
                ('deleted_at', models.DateTimeField(editable=False, null=True, verbose_name='Deleted')),
                ('is_sample', models.BooleanField(default=False, editable=False, verbose_name='Sample data')),
                ('custom', models.JSONField(editable=False, null=True)),
                ('search', crm.core.fields.SearchField(editable=False, null=True)),
                ('title', models.CharField(max_length=200, verbose_name='Subject')),
                ('object_type', models.CharField(blank=True, max_length=60, verbose_name='About what')),
                ('object_id', models.UUIDField(blank=True, null=True, verbose_name='About which')),
                ('called_at', models.DateTimeField(blank=True, default=django.utils.timezone.now, verbose_name='When')),
                ('direction', models.CharField(blank=True, choices=[('out', 'We called'), ('in', 'They called')], default='out', max_length=3, verbose_name='Direction')),
                ('outcome', models.CharField(blank=True, choices=[('reached', 'Reached'), ('no_answer', 'No answer'), ('busy', 'Busy'), ('voicemail', 'Left a message'), ('wrong_number', 'Wrong number')], max_length=12, verbose_name='Outcome')),
                ('phone', crm.core.fields.PhoneField(blank=True, max_length=40, verbose_name='Phone')),
                ('minutes', models.PositiveIntegerField(blank=True, null=True, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='Minutes')),
                ('notes', models.TextField(blank=True, verbose_name='Notes')),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='Owner')),
            ],
            options={
                'verbose_name': 'Call',
                'verbose_name_plural': 'Calls',
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['search'], name='call_search'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['created_at', 'id'], name='call_created_at_s'), models.Index(condition=models.Q(('deleted_at__isnull', True)), fields=['called_at', 'id'], name='call_called_at_s'), models.Index(fields=['object_id', 'called_at'], name='call_object')],
            },
        ),
    ]
