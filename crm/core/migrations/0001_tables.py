"""All tables as they stood when the steps it replaces had been made, in one."""

import crm.core.fields
import crm.core.models
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import tenants.database.columns
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    replaces = [
        ('core', '0001_initial'),
        ('core', '0002_custom_field'),
        ('core', '0003_saved_view'),
        ('core', '0004_merge'),
        ('core', '0005_layout'),
    ]

    initial = True

    dependencies = [
        ('team', '0001_tables'),
    ]

    operations = [
        migrations.CreateModel(
            name='FeedCursor',
            fields=[
                ('consumer', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('tx', tenants.database.columns.TransactionIdField(default=0)),
                ('seq', models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(default=crm.core.models.custom_key, editable=False, max_length=8, unique=True)),
                ('object_type', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('text', 'Text'), ('long_text', 'Long text'), ('integer', 'Whole number'), ('number', 'Number'), ('money', 'Money'), ('percent', 'Per cent'), ('yes_no', 'Yes or no'), ('date', 'Day'), ('moment', 'Day and time'), ('choice', 'Choice of one'), ('choices', 'Choice of several'), ('url', 'Web address'), ('email', 'E-mail'), ('phone', 'Telephone'), ('link', 'Link to a record')], max_length=10)),
                ('choices', models.JSONField(default=list)),
                ('target', models.CharField(blank=True, max_length=60)),
                ('currency', models.CharField(blank=True, max_length=3)),
                ('help', models.CharField(blank=True, max_length=200)),
                ('position', models.PositiveIntegerField(default=0)),
                ('is_required', models.BooleanField(default=False)),
                ('is_personal', models.BooleanField(default=False)),
                ('is_sensitive', models.BooleanField(default=False)),
                ('is_searchable', models.BooleanField(default=False)),
                ('is_indexed', models.BooleanField(default=False)),
                ('indexed_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('object_type', 'name'), name='custom_field_name_unique')],
            },
        ),
        migrations.CreateModel(
            name='Distinct',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('object_type', models.CharField(max_length=60)),
                ('first_id', models.UUIDField()),
                ('second_id', models.UUIDField()),
                ('actor_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('first_id', 'second_id'), name='distinct_pair')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('seq', models.BigAutoField(primary_key=True, serialize=False)),
                ('tx', tenants.database.columns.TransactionIdField(db_default=tenants.database.columns.CurrentTransaction(), editable=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('name', models.CharField(max_length=80)),
                ('object_type', models.CharField(max_length=60)),
                ('object_id', models.UUIDField()),
                ('actor_kind', models.CharField(max_length=12)),
                ('actor_id', models.UUIDField(null=True)),
                ('via', models.CharField(max_length=12)),
                ('request_id', models.CharField(blank=True, max_length=64)),
                ('before', models.JSONField(null=True)),
                ('after', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['tx', 'seq'], name='event_feed'), models.Index(fields=['object_id', 'seq'], name='event_object'), models.Index(condition=models.Q(('request_id', ''), _negated=True), fields=['request_id'], name='event_request')],
            },
        ),
        migrations.CreateModel(
            name='ExternalId',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('object_type', models.CharField(max_length=60)),
                ('source', models.CharField(max_length=40)),
                ('value', models.CharField(max_length=120)),
                ('object_id', models.UUIDField(db_index=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('object_type', 'source', 'value'), name='external_id_unique')],
            },
        ),
        migrations.CreateModel(
            name='Layout',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('object_type', models.CharField(max_length=60)),
                ('role', models.CharField(blank=True, max_length=20)),
                ('sections', models.JSONField(default=list)),
                ('left_out', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('object_type', 'role'), name='layout_once')],
            },
        ),
        migrations.CreateModel(
            name='Merge',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('object_type', models.CharField(max_length=60)),
                ('kept_id', models.UUIDField(db_index=True)),
                ('gone_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ('titles', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=300), size=None)),
                ('before', models.JSONField(default=dict)),
                ('after', models.JSONField(default=dict)),
                ('moved', models.JSONField(default=list)),
                ('actor_id', models.UUIDField(null=True)),
                ('undone_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GinIndex(fields=['gone_ids'], name='merge_gone')],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.UUIDField(default=crm.core.fields.uuid7, editable=False, primary_key=True, serialize=False)),
                ('object_type', models.CharField(max_length=60)),
                ('name', models.CharField(max_length=80, verbose_name='Name')),
                ('sharing', models.CharField(choices=[('private', 'Only me'), ('team', 'My team'), ('everyone', 'Everyone')], default='private', max_length=10, verbose_name='Who sees it')),
                ('icon', models.CharField(default='list', max_length=20, verbose_name='Icon')),
                ('colour', models.CharField(default='blue', max_length=10, verbose_name='Colour')),
                ('look', models.CharField(choices=[('table', 'Table'), ('board', 'Board'), ('calendar', 'Calendar')], default='table', max_length=10, verbose_name='Look')),
                ('filters', models.JSONField(default=dict)),
                ('where', models.JSONField(null=True)),
                ('ordering', models.CharField(blank=True, max_length=200)),
                ('columns', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('widths', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, size=None)),
                ('group_by', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name', 'id'],
                'indexes': [models.Index(fields=['object_type', 'name'], name='saved_view_noun')],
            },
        ),
    ]
